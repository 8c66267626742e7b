"""The schema of the keys of graphs and nodes, whatever the calculator."""

from __future__ import annotations

from typing import Any, Final

from graphflow.config.executor_reader import MAX_THREADS
from graphflow.config.graph_config import QUEUE_LIMIT_DEFAULT
from graphflow.nodes.input_policy import POLICIES
from graphflow.schema.connections import ANY_CONNECTION, CONNECTION_LIST
from graphflow.schema.options import PARAMETER_REFERENCE

Schema = dict[str, Any]

_TEXT: Final[Schema] = {"type": "string"}
_VALUE_TYPES: Final = ["string", "bool", "int", "float"]
_LIST_TYPES: Final = [f"list of {name}" for name in _VALUE_TYPES]


def or_parameter(schema: Schema, description: str = "") -> Schema:
    """Return a schema that also allows `${name}`."""
    described = {"description": description} if description else {}
    return {**described, "anyOf": [schema, PARAMETER_REFERENCE]}


def one_or_more(item: Schema, description: str) -> Schema:
    """Return the schema of a repeated key: a list, or one value."""
    # No anyOf: validators would only say that neither form fits.
    is_single = {"not": {"type": ["array", "null"]}}
    return {"description": description, "items": item, "if": is_single, "then": item}


def _described(schema: Schema, description: str) -> Schema:
    return {"description": description, **schema}


def _record(properties: dict[str, Schema], *required: str) -> Schema:
    schema: Schema = {"type": "object", "properties": properties, "additionalProperties": False}
    return {**schema, "required": list(required)} if required else schema


def _declaration(types: list[str], noun: str) -> Schema:
    return _record(
        {
            "name": _described(_TEXT, f"name of the {noun}"),
            "type": {"enum": types},
            "default": {"description": "the value where none is given"},
            "description": _TEXT,
            "minimum": {"type": "number"},
            "maximum": {"type": "number"},
        },
        "name",
    )


_EXECUTOR: Final = _record(
    {
        "name": _described(_TEXT, "what nodes call it; none for the default executor"),
        "type": {"enum": ["ThreadPoolExecutor", "ApplicationThreadExecutor"]},
        "options": _record(
            {
                "num_threads": {"type": "integer", "minimum": 0, "maximum": MAX_THREADS},
                "stack_size": {"type": "integer", "minimum": 0},
                "nice_priority_level": {"type": "integer", "minimum": -20, "maximum": 19},
                "require_processor_performance": {"enum": ["NORMAL"]},
                "thread_name_prefix": _TEXT,
            }
        ),
    }
)

_BACK_EDGE: Final = _record(
    {
        "tag_index": _described(_TEXT, 'the input: "TAG", "TAG:1" or ":0"'),
        "back_edge": _described(
            or_parameter({"type": "boolean"}), "whether it closes a loop, and is left out of order"
        ),
    },
    "tag_index",
)


def policy_schema() -> Schema:
    """Return the schema of an `input_stream_handler`, with the options of each."""
    chosen = [
        {
            "if": {"properties": {"input_stream_handler": {"const": name}}},
            "then": {"properties": {"options": {"$ref": f"#/$defs/{name}"}}},
        }
        for name in POLICIES
    ]
    handler: Schema = {"enum": list(POLICIES)}
    keys = _record({"input_stream_handler": handler, "options": {"type": "object"}})
    return {**keys, "allOf": chosen}


def node_keys() -> dict[str, Schema]:
    """Return the keys of a node but for `calculator` and `options`, which depend on each other."""
    return {
        "name": _described(_TEXT, "unique in the graph; messages and --set call the node so"),
        "input_stream": _described(CONNECTION_LIST, "its inputs: name, TAG:name, TAG:1:name"),
        "output_stream": _described(CONNECTION_LIST, "its outputs"),
        "input_side_packet": _described(CONNECTION_LIST, "its side inputs, fixed before the run"),
        "output_side_packet": _described(CONNECTION_LIST, "the side packets that it makes"),
        "input_stream_info": one_or_more(_BACK_EDGE, "which inputs close loops"),
        "input_stream_handler": {"$ref": "#/$defs/input_stream_handler"},
        "executor": _described(_TEXT, "the executor that it runs on"),
        "max_in_flight": or_parameter(
            {"type": "integer", "minimum": 1}, "how many of its calls may run at once"
        ),
        "buffer_size_hint": or_parameter(
            {"type": "integer", "minimum": 0}, "packets that its queues may hold at least"
        ),
        "source_layer": or_parameter(
            {"type": "integer", "minimum": 0}, "of a source: it waits for the end of lower layers"
        ),
        "on_error": {
            "description": "what becomes of a failed call",
            "anyOf": [
                {"enum": ["fail", "skip"]},
                _record({"stream": {"type": "string", "pattern": ANY_CONNECTION}}, "stream"),
                PARAMETER_REFERENCE,
            ],
        },
        "option_value": one_or_more(_TEXT, "options forwarded: option:options/graph_option"),
    }


def graph_keys(node: Schema) -> dict[str, Schema]:
    """Return the keys of a graph.

    Args:
        node: the schema of a node.
    """
    side_packet = {"anyOf": [{"type": "string", "pattern": ANY_CONNECTION}, _side_packet()]}
    defaults = {"type": ["object", "null"], "description": "its parameters with their defaults"}
    return {
        "type": _described(_TEXT, "the name that nodes call it by; the file's, in CamelCase"),
        "import": one_or_more(_module(), "modules that register calculators"),
        "parameter": one_or_more(
            _declaration([*_VALUE_TYPES, *_LIST_TYPES], "parameter"),
            "values that the graph's user may set; ${name} stands for them",
        ),
        "graph_options": defaults,
        "options": defaults,
        "input_stream": _described(CONNECTION_LIST, "streams that are fed from outside"),
        "output_stream": _described(CONNECTION_LIST, "streams that the graph gives out"),
        "input_side_packet": one_or_more(side_packet, "values that are given before the run"),
        "output_side_packet": _described(CONNECTION_LIST, "side packets that the graph gives out"),
        "node": one_or_more(node, "the calculators, and graphs, that it consists of"),
        "executor": one_or_more(_EXECUTOR, "thread pools that nodes may run on"),
        "num_threads": or_parameter(
            {"type": "integer", "minimum": 0, "maximum": MAX_THREADS},
            "threads of the default executor; 0 for as many as there are processors",
        ),
        "max_queue_size": or_parameter(
            {"type": "integer", "minimum": -1},
            f"packets at which a queue is full; -1 for no limit; {QUEUE_LIMIT_DEFAULT} by default",
        ),
        "report_deadlock": or_parameter(
            {"type": "boolean"}, "fail, instead of growing full queues, when nothing can run"
        ),
        "input_stream_handler": {"$ref": "#/$defs/input_stream_handler"},
    }


def _module() -> Schema:
    return {"type": "string", "pattern": r"^[A-Za-z_]\w*(\.\w+)*$"}


def _side_packet() -> Schema:
    return _declaration(_VALUE_TYPES, "side packet")
