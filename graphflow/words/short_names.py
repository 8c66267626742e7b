"""Short names: what tells the nodes of a graph apart, without the subgraphs they are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return for each node the shortest end of its name that no other node has.

    Names of nodes in subgraphs are long: `pose_landmark_cpu__pose_detection_cpu__decode`. What is
    returned is also what --set takes.
    """
    ends = Counter(end for name in names for end in _ends(name))
    return {name: next((end for end in _ends(name) if ends[end] == 1), name) for name in names}


def full_name(name: str, names: Iterable[str]) -> str:
    """Return the name that is meant by a short one; as it is where none or several are."""
    known = tuple(names)
    meant = [each for each in known if each.endswith(f"__{name}")]
    return meant[0] if name not in known and len(meant) == 1 else name


def _ends(name: str) -> list[str]:
    parts = name.split("__")
    return ["__".join(parts[start:]) for start in range(len(parts) - 1, -1, -1)]
