"""Short names: what tells the nodes of a graph apart, without the subgraphs they are in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


def short_names(names: Sequence[str]) -> dict[str, str]:
    """Return for each node the shortest end of its name that no other node has.

    Names of nodes in subgraphs are long: `pose_landmark_cpu__pose_detection_cpu__decode`. What is
    returned is also what --set takes.
    """
    ends = Counter(end for name in names for end in _ends(name))
    return {name: next((end for end in _ends(name) if ends[end] == 1), name) for name in names}


def _ends(name: str) -> list[str]:
    parts = name.split("__")
    return ["__".join(parts[start:]) for start in range(len(parts) - 1, -1, -1)]
