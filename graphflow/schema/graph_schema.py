"""Put the schema together: the keys, and what each calculator, graph and policy takes."""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Final

from graphflow.config.graph_config import Connection
from graphflow.config.stream_names import camel_case
from graphflow.description.calculator_description import describe
from graphflow.description.graph_description import graph_summary
from graphflow.loading import load_graph
from graphflow.nodes.calculator import AnyCalculator
from graphflow.nodes.input_policy import POLICIES
from graphflow.nodes.registry import Registry
from graphflow.schema.connections import ANY_CONNECTION, Tagged, list_schema, tags_of
from graphflow.schema.keys import graph_keys, node_keys, policy_schema
from graphflow.schema.options import Schema, option_schemas, parameter_schema

DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"

_LISTS: Final = {
    "input_stream": "inputs",
    "output_stream": "outputs",
    "input_side_packet": "side_inputs",
    "output_side_packet": "side_outputs",
}


def graph_schema(registry: Registry, graphs: Iterable[Path]) -> Schema:
    """Return the JSON Schema (draft 2020-12) of graph files.

    Args:
        registry: the calculators and subgraph classes that nodes may name.
        graphs: files of graphs that nodes may name, too.

    Raises:
        ConfigError: one of the graphs has faults.
    """
    nodes = _Nodes()
    for name in registry.names():
        calculator = registry.get(name)
        if calculator is not None:
            nodes.add_calculator(calculator)
            continue
        subgraph = registry.subgraph(name)
        if subgraph is not None:
            nodes.add(name, describe(subgraph).summary, {}, option_schemas(subgraph.options, name))
    for path in graphs:
        nodes.add_graph(path, registry)
    policies = {name: option_schemas(kind, name) for name, kind in POLICIES.items()}
    return {
        "$schema": DIALECT,
        "title": "graphflow graph",
        "type": "object",
        "properties": graph_keys({"$ref": "#/$defs/node"}),
        "required": ["node"],
        "additionalProperties": False,
        "$defs": {
            "parameter_reference": {"type": "string", "pattern": r"\$\{"},
            "connection_list": _connection_list(),
            "no_connections": {"type": ["array", "null"], "maxItems": 0},
            "input_stream_handler": policy_schema(),
            **{name: each for defined in policies.values() for name, each in defined.items()},
            "node": nodes.schema(),
            **nodes.definitions,
        },
    }


class _Nodes:
    """Collects what nodes can name.

    Attributes:
        definitions: schemas of options, by name.
    """

    def __init__(self) -> None:
        self.definitions: dict[str, Schema] = {}
        self._summaries: dict[str, str] = {}

    def add_calculator(self, calculator: type[AnyCalculator]) -> None:
        contract, name = calculator.contract, calculator.__name__
        lists = {key: list_schema(tags_of(getattr(contract, kind))) for key, kind in _LISTS.items()}
        self.add(name, describe(calculator).summary, lists, option_schemas(contract.options, name))

    def add_graph(self, path: Path, registry: Registry) -> None:
        own = load_graph(path, registry=registry).files[0]
        config, parameters = own.config, own.source.parameters.declared
        connected = {
            "input_stream": config.inputs,
            "output_stream": config.outputs,
            "input_side_packet": tuple(each.connection for each in config.side_inputs),
            "output_side_packet": config.side_outputs,
        }
        options = {
            "type": "object",
            "properties": {name: parameter_schema(each) for name, each in parameters.items()},
            "additionalProperties": False,
            "required": [name for name, each in parameters.items() if each.default is None],
        }
        name = camel_case(path.stem)
        lists = {key: list_schema(_tags_in(each)) for key, each in connected.items()}
        self.add(name, graph_summary(path), lists, {name: options})

    def add(
        self, name: str, summary: str, lists: dict[str, Schema], options: dict[str, Schema]
    ) -> None:
        """Add what a node that names `name` may have.

        Args:
            name: of a class or graph.
            summary: what editors show beside it.
            lists: the schemas of its streams and side packets, by key.
            options: definitions, among them that of `name`.
        """
        self.definitions |= options
        self._summaries[name] = summary
        # What is forwarded by option_value need not be written.
        takes_options = {
            "if": {"not": {"required": ["option_value"]}},
            "then": {"properties": {"options": {"$ref": f"#/$defs/{name}"}}},
        }
        self.definitions[f"node.{name}"] = {
            "if": {"properties": {"calculator": {"const": name}}},
            "then": {"properties": lists, **takes_options},
        }

    def schema(self) -> Schema:
        """Return the schema of a node.

        A name that is not known and looks like a calculator's is refused; others may be those of
        graphs beside the file.
        """
        names = sorted(self._summaries)
        known = {"enum": names, "enumDescriptions": [self._summaries[name] for name in names]}
        others = {"type": "string", "pattern": r"^(?!.*[Cc]alc)[A-Za-z_$]"}
        calculator = {
            "description": "a calculator's class, or the type of a graph",
            "anyOf": [known, others],
        }
        options = {"type": ["object", "null"], "description": "its constants"}
        return {
            "type": "object",
            "properties": {"calculator": calculator, "options": options, **node_keys()},
            "required": ["calculator"],
            "additionalProperties": False,
            "allOf": [{"$ref": f"#/$defs/node.{name}"} for name in names],
        }


def _tags_in(connections: Iterable[Connection]) -> tuple[Tagged, ...]:
    """Return the tags of a graph's interface, each once; all may be left out."""
    indexes: dict[str, int] = {}
    for each in connections:
        indexes[each.tag] = max(each.index, indexes.get(each.tag, 0))
    return tuple(Tagged(tag, is_repeated=last > 0) for tag, last in indexes.items())


def schema_text(schema: Schema) -> str:
    """Return a schema as a file: a line for each definition, so that changes can be read."""
    lines = []
    for key, value in schema.items():
        if key != "$defs":
            lines.append(f" {json.dumps(key)}: {json.dumps(value, ensure_ascii=False)}")
    definitions = [
        f"  {json.dumps(name)}: {json.dumps(each, ensure_ascii=False)}"
        for name, each in schema["$defs"].items()
    ]
    joined = ",\n".join(definitions)
    lines.append(f' "$defs": {{\n{joined}\n }}')
    return "{\n" + ",\n".join(lines) + "\n}\n"


def _connection_list() -> Schema:
    return {
        "type": ["array", "string", "null"],
        "pattern": ANY_CONNECTION,
        "items": {"type": "string", "pattern": ANY_CONNECTION},
    }
