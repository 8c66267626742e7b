"""Set single options of an expanded graph from outside the file, as `--set` does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from graphflow.config.graph_config import GraphConfig, NodeConfig
from graphflow.config.stream_names import did_you_mean
from graphflow.config.yaml_source import (
    DEPTH_MAX,
    MappingValue,
    ScalarValue,
    Value,
    from_python,
    with_option,
)
from graphflow.words.diagnostics import Diagnostic, Location, listed
from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class Override:
    """One option of one node, set from outside.

    Attributes:
        target: `node.option`, with more dots for nested options. The node is named in full
            (`detection__nms`) or by an end of that name that no other node has (`nms`).
        value: a Python value; or text, decoded by the option's type.
        origin: what faults name as their place; by default the override itself.
    """

    target: str
    value: Any
    origin: str = ""

    @property
    def location(self) -> Location:
        """Where faults of this override are reported."""
        return Location(self.origin or f"--set {self.target}={self.value}")


def apply_overrides(
    config: GraphConfig, overrides: Sequence[Override]
) -> tuple[GraphConfig, tuple[Diagnostic, ...]]:
    """Return an expanded graph with options set, and what could not be set."""
    nodes = list(config.nodes)
    faults: list[Diagnostic] = []
    for override in overrides:
        name, _, option = override.target.partition(".")
        path = option.split(".")
        if not name or "" in path or len(path) > DEPTH_MAX:
            expected = "node.option, and a value"
            faults.append(Diagnostic(override.location, "what is to be set?", expected=expected))
            continue
        found = _found(nodes, name)
        if len(found) == 1:
            node = nodes[found[0]]
            options = node.options or MappingValue((), override.location)
            changed = with_option(options, path, _value(override), override.location)
            nodes[found[0]] = replace(node, options=changed)
        else:
            faults.append(_unfound(override, name, [nodes[at].name for at in found], nodes))
    return replace(config, nodes=tuple(nodes)), tuple(faults)


def _value(override: Override) -> Value:
    if isinstance(override.value, str):
        return ScalarValue(override.value, override.location, is_free=True)
    return from_python(override.value, override.location)


def _found(nodes: Sequence[NodeConfig], name: str) -> list[int]:
    exact = [at for at, node in enumerate(nodes) if node.name == name]
    return exact or [at for at, node in enumerate(nodes) if node.name.endswith(f"__{name}")]


def _unfound(
    override: Override, name: str, found: Sequence[str], nodes: Sequence[NodeConfig]
) -> Diagnostic:
    if found:
        return Diagnostic(
            override.location,
            f'several nodes have names that end in "{name}"',
            found=listed([f'"{each}"' for each in found]),
            hint="name the node in full",
        )
    ends = {node.name.rpartition("__")[2] for node in nodes}
    hint = did_you_mean(name, ends | {node.name for node in nodes})
    return Diagnostic(override.location, f'the graph has no node "{name}"', hint=hint)
