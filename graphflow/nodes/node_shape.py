"""NodeShape: what is known of a node when its graph is loaded, before anything runs."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from graphflow.nodes.contract import port_name
from graphflow.nodes.options import Options
from graphflow.words.quick_dataclass import dataclass

OptionsT = TypeVar("OptionsT", bound=Options)


class ConnectedPorts:
    """The connected ends of one of a node's four lists, as (tag, index), in the graph's order."""

    __slots__ = ("_keys",)

    def __init__(self, keys: Iterable[tuple[str, int]] = ()) -> None:
        self._keys = tuple(keys)

    def indexes(self, tag: str) -> tuple[int, ...]:
        """Return the indexes connected under `tag`, sorted."""
        return tuple(sorted(index for each, index in self._keys if each == tag))

    @property
    def tags(self) -> tuple[str, ...]:
        """The tags that are connected, each once, in the graph's order."""
        return tuple(dict.fromkeys(tag for tag, _ in self._keys))

    def __contains__(self, port: object) -> bool:
        """Tell whether a tag, or one (tag, index), is connected."""
        return port in self._keys or any(tag == port for tag, _ in self._keys)

    def __iter__(self) -> Iterator[tuple[str, int]]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    def __str__(self) -> str:
        """List the ports as a graph writes them, for messages."""
        return ", ".join(port_name(*key) for key in self._keys) or "none"

    def __repr__(self) -> str:
        return f"ConnectedPorts({self})"


@dataclass(frozen=True)
class NodeShape(Generic[OptionsT]):
    """One use of a calculator, as its graph writes it: options and connections, no values.

    Attributes:
        options: validated.
        inputs, outputs: the connected streams.
        side_inputs, side_outputs: the connected side packets.
    """

    options: OptionsT
    inputs: ConnectedPorts
    outputs: ConnectedPorts
    side_inputs: ConnectedPorts
    side_outputs: ConnectedPorts
