"""Forward a graph's options to its nodes, as MediaPipe's `option_value` says.

An entry of `option_value` is `option:options/graph_option`: an option of the node, then one of the
graph. Slashes reach into nested options on both sides; for the graph's, a number chooses from a
list. `OPTIONS` stands for all options of the node, and `options` for all of the graph. An option
of the graph without a value leaves the node's own.

Source: MediaPipe, framework/tool/options_util.cc and options_syntax_util.cc.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Final

from graphflow.config.decoding import shown
from graphflow.config.fault_list import FaultList
from graphflow.config.size_limit import SizeLimit
from graphflow.config.stream_names import did_you_mean
from graphflow.config.substitution import size_of, used_at
from graphflow.config.value_reader import is_nothing
from graphflow.config.yaml_source import (
    DEPTH_MAX,
    TEXT_MAX,
    Entry,
    ListValue,
    MappingValue,
    ScalarValue,
    Value,
    with_option,
)
from graphflow.words.diagnostics import Diagnostic, Location, listed
from graphflow.words.quick_dataclass import dataclass

OPTION_VALUE: Final = "option_value"
_ALL: Final = "OPTIONS"
_DIGITS_MAX: Final = 6
_FORM: Final = "option:options/graph_option, or OPTIONS:options"


def forward_options(
    graph: MappingValue, options: Mapping[str, Value]
) -> tuple[MappingValue, tuple[Diagnostic, ...]]:
    """Return a graph whose nodes have the options forwarded to them, and what was wrong.

    Args:
        graph: as written, with the parameters' values put in.
        options: the values of the graph's parameters.

    Raises:
        ConfigError: too much would be forwarded.
    """
    nodes = graph.get("node")
    if nodes is None:
        return graph, ()
    entries = (Entry(name, value.location, value) for name, value in options.items())
    forwarding = _Forwarding(MappingValue(tuple(entries)))
    if isinstance(nodes.value, ListValue):
        items = tuple(forwarding.node(item) for item in nodes.value.items)
        value: Value = ListValue(items, nodes.value.location)
    else:
        value = forwarding.node(nodes.value)
    changed = tuple(
        replace(entry, value=value) if entry is nodes else entry for entry in graph.entries
    )
    return replace(graph, entries=changed), tuple(forwarding.diagnostics)


def forwarded_names(graph: MappingValue, declared: Iterable[str]) -> set[str]:
    """Return which of the declared parameters some `option_value` of the graph forwards."""
    nodes = graph.get("node")
    if nodes is None:
        return set()
    names: set[str] = set()
    for node in nodes.value.items if isinstance(nodes.value, ListValue) else (nodes.value,):
        entry = node.get(OPTION_VALUE) if isinstance(node, MappingValue) else None
        if entry is None:
            continue
        for item in entry.value.items if isinstance(entry.value, ListValue) else (entry.value,):
            path = item.text.partition(":")[2].split("/") if isinstance(item, ScalarValue) else []
            names |= {path[1]} if len(path) > 1 else set(declared)
    return names


@dataclass(frozen=True)
class _Path:
    """An entry of `option_value`.

    Attributes:
        to: the node's option; empty for all.
        from_: the graph's option; empty for all.
    """

    to: tuple[str, ...]
    from_: tuple[str, ...]
    location: Location


class _Forwarding:
    """Forwards the options of one graph."""

    def __init__(self, options: MappingValue) -> None:
        self.diagnostics = FaultList()
        self._options = options
        self._limit = SizeLimit(self.diagnostics, "options forwarded")

    def node(self, node: Value) -> Value:
        entry = node.get(OPTION_VALUE) if isinstance(node, MappingValue) else None
        if entry is None or not isinstance(node, MappingValue):
            return node
        written = node.get("options")
        if written is None or is_nothing(written.value):
            options = MappingValue((), entry.location)
        elif isinstance(written.value, MappingValue):
            options = written.value
        else:
            return node
        items = entry.value.items if isinstance(entry.value, ListValue) else (entry.value,)
        for item in items:
            options = self._forwarded(options, item)
        others = (each for each in node.entries if each.key not in (OPTION_VALUE, "options"))
        place = entry.location if written is None else written.location
        return replace(node, entries=(*others, Entry("options", place, options)))

    def _forwarded(self, options: MappingValue, item: Value) -> MappingValue:
        path = self._path(item)
        found = None if path is None else self._found(path)
        if path is None or found is None:
            return replace(options, is_whole=False)
        if is_nothing(found):
            return options
        self._limit.spend(size_of(found, TEXT_MAX).weight + len(options.entries), path.location)
        used = used_at(found, f"forwarded by {OPTION_VALUE} at", path.location)
        if path.to:
            return with_option(options, path.to, used, path.location)
        if not isinstance(used, MappingValue):
            what = f'"options/{"/".join(path.from_)}" is no group of options'
            expected = f"an option of the node, not {_ALL}"
            self.diagnostics.report(path.location, what, expected=expected)
            return options
        for entry in used.entries:
            if not is_nothing(entry.value):
                options = with_option(options, (entry.key,), entry.value, entry.location)
        return options

    def _path(self, item: Value) -> _Path | None:
        text = item.text if isinstance(item, ScalarValue) else ""
        to, colon, from_ = text.partition(":")
        left, right = to.split("/"), from_.split("/")
        is_good = colon and right[0] == "options" and "" not in (*left, *right)
        if not is_good or len(left) > DEPTH_MAX or len(right) > DEPTH_MAX:
            self.diagnostics.report(item.location, f'key "{OPTION_VALUE}"', shown(item), _FORM)
            return None
        return _Path(() if to == _ALL else tuple(left), tuple(right[1:]), item.location)

    def _found(self, path: _Path) -> Value | None:
        """Return what a path leads to; None, reported, where it leads nowhere."""
        value: Value = self._options
        for at, part in enumerate(path.from_):
            entry = value.get(part) if isinstance(value, MappingValue) else None
            if entry is not None:
                value = entry.value
            elif isinstance(value, ListValue) and part.isdecimal() and len(part) <= _DIGITS_MAX:
                if int(part) >= len(value.items):
                    count = len(value.items)
                    fault = f'"{_joined(path.from_[:at])}" has no value at {part}'
                    self.diagnostics.report(path.location, fault, f"{count} values, counted from 0")
                    return None
                value = value.items[int(part)]
            elif at and is_nothing(value):
                return value
            else:
                self._report_nowhere(path.location, path.from_[:at], part, value)
                return None
        return value

    def _report_nowhere(
        self, location: Location, before: Sequence[str], part: str, value: Value
    ) -> None:
        names = [each.key for each in value.entries] if isinstance(value, MappingValue) else []
        hint = did_you_mean(part, names)
        if not hint and names:
            hint = "it has " + listed([f'"{name}"' for name in names])
        if not before:
            fault = f'the graph has no option "{part}"'
            hint = hint or 'declare it, with its default, under "graph_options"'
        else:
            fault = f'"{_joined(before)}" has no option "{part}"'
        self.diagnostics.report(location, fault, hint=hint)


def _joined(path: Sequence[str]) -> str:
    return "/".join(("options", *path))
