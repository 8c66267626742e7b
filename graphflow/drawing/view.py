"""Look at a Plan: which boxes, lines and frames are to be seen when some subgraphs are open.

A stream is a box of its own, with its name in it: one line leads to it from who writes it, and one
from it to each of its readers. So a name is written once, however many read the stream.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from graphflow.drawing.picture import Box, BoxKind, End, Frame, Line, Picture, Spot
from graphflow.nodes.contract import port_name
from graphflow.plan import Connected, NodePlan, Plan, SubgraphPlan

ERROR_PORT = "errors"


def look_at(
    plan: Plan, *, opened: Collection[str] = (), inside: str = "", has_side_packets: bool = True
) -> Picture:
    """Return what there is to see.

    Args:
        plan: the graph.
        opened: names of the subgraphs that are open; one counts only if those around it are too.
        inside: name of a subgraph: only what is inside of it is looked at, between its own inputs
            and outputs; "" for the whole graph.
        has_side_packets: show them too.
    """
    return _View(plan, opened, inside, has_side_packets).picture()


def subgraphs_to_depth(plan: Plan, depth: int) -> tuple[str, ...]:
    """Return the names of the subgraphs around which there are fewer than `depth` others."""
    levels: dict[str, int] = {"": 0}
    for each in plan.subgraphs:
        levels[each.name] = levels[each.subgraph] + 1
    return tuple(each.name for each in plan.subgraphs if levels[each.name] <= depth)


def short_name(plan: Plan, name: str) -> str:
    """Return a stream's or side packet's name without those of the subgraphs that it is in."""
    prefixes = [each.prefix for each in plan.subgraphs if name.startswith(each.prefix)]
    return name.removeprefix(max(prefixes, key=len, default=""))


def port_labels(ports: Iterable[tuple[str, int]]) -> list[str]:
    """Return what stands at ports; nothing at the only one without a tag."""
    keys = list(ports)
    untagged = sum(not tag for tag, _ in keys)
    return [port_name(*key) if key[0] or untagged > 1 else "" for key in keys]


class _Tagged(Protocol):
    """A port in a plan."""

    @property
    def tag(self) -> str: ...

    @property
    def index(self) -> int: ...


@dataclass
class _Wire:
    """The visible ends of a stream or side packet."""

    name: str
    source: End | None = None
    targets: list[tuple[End, bool]] = field(default_factory=list)
    is_input: bool = False
    is_output: bool = False


class _View:
    """Collects boxes and lines of one view."""

    def __init__(
        self, plan: Plan, opened: Collection[str], inside: str, has_side_packets: bool
    ) -> None:
        self._plan = plan
        self._inside = inside
        self._has_side_packets = has_side_packets
        self._by_name = {each.name: each for each in plan.subgraphs}
        self._opened = {name for name in opened if self._is_within(name)} | {inside, ""}
        self._boxes: dict[str, Box] = {}
        self._lines: list[Line] = []
        self._streams: dict[str, _Wire] = {}
        self._sides: dict[str, _Wire] = {}

    def picture(self) -> Picture:
        for subgraph in self._plan.subgraphs:
            if self._is_visible(subgraph.subgraph) and subgraph.name not in self._opened:
                self._add_subgraph(subgraph)
        for node in self._plan.nodes:
            if self._is_visible(node.subgraph):
                self._add_node(node)
        self._add_interface()
        for wire in self._streams.values():
            self._draw(wire, is_side=False)
        for wire in self._sides.values():
            self._draw(wire, is_side=True)
        whole = self._by_name.get(self._inside)
        title = whole.type if whole else self._plan.type or Path(self._plan.file).stem
        return Picture(title, tuple(self._boxes.values()), tuple(self._lines), self._frames())

    # What is visible.

    def _around(self, name: str) -> Iterator[str]:
        """Yield a subgraph's name and those around it, "" at last."""
        while name:
            yield name
            name = self._by_name[name].subgraph
        yield ""

    def _is_within(self, name: str) -> bool:
        return name in self._by_name and self._inside in self._around(name)

    def _is_visible(self, name: str) -> bool:
        """Tell whether what stands directly in a subgraph is to be seen."""
        around = list(self._around(name))
        if self._inside not in around:
            return False
        return all(each in self._opened for each in around[: around.index(self._inside)])

    def _frames(self) -> tuple[Frame, ...]:
        return tuple(
            Frame(each.name, title, "" if title == each.type else each.type, self._frame(each))
            for each in self._plan.subgraphs
            if each.name != self._inside and self._is_visible(each.name)
            for title in [self._title(each)]
        )

    def _frame(self, of: NodePlan | SubgraphPlan) -> str:
        return "" if of.subgraph == self._inside else of.subgraph

    def _title(self, of: NodePlan | SubgraphPlan) -> str:
        around = self._by_name.get(of.subgraph)
        return of.name.removeprefix(around.prefix) if around else of.name

    # Boxes with ports.

    def _add_subgraph(self, subgraph: SubgraphPlan) -> None:
        inputs, outputs = subgraph.inputs, subgraph.outputs
        side_inputs, side_outputs = self._side_ports(subgraph)
        title = self._title(subgraph)
        key = self._add_box(
            subgraph,
            BoxKind.SUBGRAPH,
            "" if title == subgraph.type else subgraph.type,
            (*_spots(inputs), *_spots(side_inputs, is_side=True)),
            (*_spots(outputs), *_spots(side_outputs, is_side=True)),
        )
        back = self._closed_back_edges(subgraph)
        for at, port in enumerate(inputs):
            self._stream(port.name).targets.append((End(key, at), port.name in back))
        for at, port in enumerate(outputs):
            self._stream(port.name).source = End(key, at)
        self._connect_sides(key, side_inputs, side_outputs, len(inputs), len(outputs))

    def _add_node(self, node: NodePlan) -> None:
        side_inputs, side_outputs = self._side_ports(node)
        title, type_name = self._title(node), node.calculator.__name__
        errors = () if node.error_stream is None else (Spot(ERROR_PORT),)
        outputs = (*_spots(node.outputs), *errors)
        key = self._add_box(
            node,
            BoxKind.NODE,
            "" if title == type_name else type_name,
            (*_spots(node.inputs), *_spots(side_inputs, is_side=True)),
            (*outputs, *_spots(side_outputs, is_side=True)),
        )
        for at, each in enumerate(node.inputs):
            target = End(key, at)
            self._stream(self._stream_name(each.stream)).targets.append((target, each.is_back_edge))
        made = [each.stream for each in node.outputs]
        made += [] if node.error_stream is None else [node.error_stream]
        for at, stream in enumerate(made):
            self._stream(self._stream_name(stream)).source = End(key, at)
        inner_sides = [Connected(each.tag, each.index, each.name) for each in side_inputs]
        self._connect_sides(key, inner_sides, side_outputs, len(node.inputs), len(outputs))

    def _add_box(
        self,
        of: NodePlan | SubgraphPlan,
        kind: BoxKind,
        subtitle: str,
        inputs: tuple[Spot, ...],
        outputs: tuple[Spot, ...],
    ) -> str:
        key = f"node:{of.name}"
        self._boxes[key] = Box(
            key, kind, of.name, self._title(of), subtitle, self._frame(of), inputs, outputs
        )
        return key

    def _side_ports(
        self, of: NodePlan | SubgraphPlan
    ) -> tuple[Sequence[Connected], Sequence[Connected]]:
        if not self._has_side_packets:
            return (), ()
        given = [Connected(each.tag, each.index, each.name) for each in of.side_inputs]
        made = [Connected(each.tag, each.index, each.name) for each in of.side_outputs]
        return given, made

    def _connect_sides(
        self,
        key: str,
        inputs: Sequence[Connected],
        outputs: Sequence[Connected],
        first_input: int,
        first_output: int,
    ) -> None:
        for at, port in enumerate(inputs, first_input):
            self._side(port.name).targets.append((End(key, at), False))
        for at, port in enumerate(outputs, first_output):
            self._side(port.name).source = End(key, at)

    def _closed_back_edges(self, subgraph: SubgraphPlan) -> set[str]:
        """Return the streams that only back edges inside of a subgraph read."""
        back: dict[str, bool] = {}
        for node in self._plan.nodes:
            if subgraph.name in self._around(node.subgraph):
                for each in node.inputs:
                    name = self._stream_name(each.stream)
                    back[name] = back.get(name, True) and each.is_back_edge
        return {name for name, is_back in back.items() if is_back}

    def _stream_name(self, index: int) -> str:
        return self._plan.streams[index].name

    def _stream(self, name: str) -> _Wire:
        return self._streams.setdefault(name, _Wire(name))

    def _side(self, name: str) -> _Wire:
        return self._sides.setdefault(name, _Wire(name))

    # What enters and leaves.

    def _add_interface(self) -> None:
        whole = self._by_name.get(self._inside)
        if whole is None:
            for at in self._plan.inputs:
                self._stream(self._stream_name(at)).is_input = True
            for at in self._plan.outputs:
                self._stream(self._stream_name(at)).is_output = True
            for wire in self._sides.values():
                wire.is_input = wire.source is None
            return
        side_inputs, side_outputs = self._side_ports(whole)
        self._add_terminals(BoxKind.INPUT, whole.inputs, side_inputs)
        self._add_terminals(BoxKind.OUTPUT, whole.outputs, side_outputs)

    def _add_terminals(
        self, kind: BoxKind, streams: Sequence[Connected], sides: Sequence[Connected]
    ) -> None:
        """Add a box for each end of the subgraph that is looked into; keys count the ports."""
        wires = [self._stream(port.name) for port in streams]
        wires += [self._side(port.name) for port in sides]
        titles = [*port_labels(_keys(streams)), *port_labels(_keys(sides))]
        for at, (wire, title) in enumerate(zip(wires, titles, strict=True)):
            key = f"{kind.name.lower()}:{at}"
            name = short_name(self._plan, wire.name)
            side = Spot("", is_side=at >= len(streams))
            self._boxes[key] = Box(key, kind, wire.name, title or name, inputs=(side,))
            if kind is BoxKind.OUTPUT:
                wire.targets.append((End(key), False))
            elif wire.source is None:
                wire.source = End(key)

    # Lines.

    def _draw(self, wire: _Wire, *, is_side: bool) -> None:
        is_ending = wire.is_input or wire.is_output
        if not wire.targets and not is_ending:
            return
        source, is_direct = wire.source, self._is_direct(wire)
        if not is_direct:
            key = f"{'side' if is_side else 'stream'}:{wire.name}"
            kind = BoxKind.SIDE_PACKET if is_side else BoxKind.STREAM
            self._boxes[key] = Box(
                key,
                kind,
                wire.name,
                short_name(self._plan, wire.name),
                frame=self._common_frame(wire),
                is_input=wire.is_input,
                is_output=wire.is_output,
            )
            if wire.source is not None:
                self._lines.append(Line(wire.source, End(key), wire.name, is_side))
            source = End(key)
        for target, is_back in wire.targets:
            assert source is not None
            self._lines.append(Line(source, target, wire.name, is_side, is_back))

    def _is_direct(self, wire: _Wire) -> bool:
        """Tell whether no box with the name is needed, for one stands at an end already."""
        if wire.source is not None and not self._boxes[wire.source.box].has_ports:
            return True
        ends = [self._boxes[target.box] for target, _ in wire.targets]
        return len(ends) == 1 and not ends[0].has_ports and wire.source is not None

    def _common_frame(self, wire: _Wire) -> str:
        """Return the innermost frame around all ends."""
        ends = [target for target, _ in wire.targets]
        ends += [] if wire.source is None else [wire.source]
        if wire.is_input or wire.is_output or not ends:
            return ""
        paths = [list(self._around(self._boxes[end.box].frame)) for end in ends]
        common = next(name for name in paths[0] if all(name in path for path in paths))
        return "" if common == self._inside else common


def _keys(ports: Iterable[_Tagged]) -> list[tuple[str, int]]:
    return [(each.tag, each.index) for each in ports]


def _spots(ports: Iterable[_Tagged], *, is_side: bool = False) -> tuple[Spot, ...]:
    return tuple(Spot(label, is_side) for label in port_labels(_keys(ports)))
