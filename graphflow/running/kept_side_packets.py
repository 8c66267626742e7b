"""Side packets kept between runs: what nodes without streams made, for as long as it holds.

A node without streams that makes side packets is a function of its side inputs and services. While
these are the same objects, a later run does not open it again: what it made is sent again.

The machine knows nothing of this: such a node has a calculator around its own that decides when it
is opened, with the side inputs that are really there.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from graphflow.nodes.calculator import AnyCalculator, Calculator
from graphflow.nodes.context import Context
from graphflow.nodes.contract import Contract
from graphflow.nodes.options import NoOptions
from graphflow.plan import MISSING, NodePlan
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class _Made:
    """What a node made of what; kept alive, so that no other object can have the same identity."""

    givens: tuple[Any, ...]
    values: dict[str, Any]


class KeptSidePackets:
    """What the nodes of one graph made in earlier runs, by the node's name."""

    def __init__(self) -> None:
        self._made: dict[str, _Made] = {}

    def find(self, node: str, givens: tuple[Any, ...]) -> dict[str, Any] | None:
        """Return what a node made of these very objects; None if it made nothing of them."""
        made = self._made.get(node)
        if made is None or len(made.givens) != len(givens):
            return None
        is_same = all(old is new for old, new in zip(made.givens, givens, strict=True))
        return made.values if is_same else None

    def keep(self, node: str, givens: tuple[Any, ...], values: dict[str, Any]) -> None:
        """Keep what a node made, in place of what it made before."""
        self._made[node] = _Made(givens, values)

    def forget(self) -> None:
        """Forget everything."""
        self._made.clear()


class KeepingCalculator(Calculator[NoOptions]):
    """Opens the calculator in it only if it would make something new, and keeps what it makes."""

    contract = Contract()

    def __init__(self, calculator: AnyCalculator, node: NodePlan, kept: KeptSidePackets) -> None:
        super().__init__(NoOptions())
        self._calculator = calculator
        self._node = node
        self._kept = kept
        self._is_new = False
        self._values: dict[str, Any] | None = None

    def open(self, context: Context) -> None:
        """Send again what is kept, or open the calculator."""
        side_inputs, services = context.side_inputs, context.services
        self._givens = (
            *(side_inputs.get(each.tag, each.index, MISSING) for each in self._node.side_inputs),
            *(services.get(key) for key in self._node.services),
            *(services.get(key) for key in self._node.optional_services),
        )
        kept = self._kept.find(self._node.name, self._givens)
        if kept is not None:
            context.side_outputs.made.update(kept)
            self._values = kept
        else:
            self._calculator.open(context)
            self._is_new = True
            self._values = dict(context.side_outputs.made)

    def close(self, context: Context) -> None:
        """Close what was opened, and keep what it made."""
        if self._is_new and self._values is not None:
            self._calculator.close(context)
            self._values.update(context.side_outputs.made)
            self._kept.keep(self._node.name, self._givens, self._values)

    def is_cut_short(self, side_packets: Mapping[str, Any]) -> bool:
        """Tell whether the end of a run came before the run had all that this node makes.

        Args:
            side_packets: those that the run had at its end.
        """
        return self._values is None or not self._values.keys() <= side_packets.keys()


def makes_side_packets_alone(node: NodePlan) -> bool:
    """Tell whether a node has no streams, and makes side packets."""
    return not node.inputs and not node.outputs and bool(node.side_outputs)
