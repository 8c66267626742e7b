"""The schema of options: pydantic's own, as graph files write values."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel, TypeAdapter
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from graphflow.config.parameters import Parameter

Schema = dict[str, Any]

PARAMETER_REFERENCE: Final = {"$ref": "#/$defs/parameter_reference"}
"""`${name}`, which may stand wherever a value is expected."""

_TEXTS: Final = ["string", "number", "boolean"]
"""What YAML makes of a value that is declared as text: 7 and true are texts, too."""

_REMARKS: Final = ("description", "default")


class _AsInGraphs(GenerateJsonSchema):
    """Pydantic's generator, but members of enumerations have their names."""

    def enum_schema(self, schema: core_schema.EnumSchema) -> JsonSchemaValue:
        """Offer the members' names."""
        return {"enum": [member.name for member in schema["members"]]}

    def encode_default(self, dft: Any) -> Any:
        """Write a default as a graph does."""
        return dft.name if isinstance(dft, enum.Enum) else super().encode_default(dft)


def option_schemas(model: type[BaseModel], name: str) -> dict[str, Schema]:
    """Return the definitions of an options class: that of `name`, and those nested in it.

    Args:
        model: the class.
        name: under which it is to be defined; nested ones are called after it.
    """
    schema = model.model_json_schema(
        schema_generator=_AsInGraphs, ref_template=f"#/$defs/{name}.{{model}}"
    )
    nested = schema.pop("$defs", {})
    definitions = {f"{name}.{each}": _in_graphs(inner) for each, inner in nested.items()}
    return {name: _in_graphs(schema), **definitions}


def parameter_schema(parameter: Parameter) -> Schema:
    """Return the schema of a subgraph's parameter, which its nodes give as an option."""
    schema: Schema = TypeAdapter(parameter.type).json_schema()
    limits = {"minimum": parameter.limits.minimum, "maximum": parameter.limits.maximum}
    schema |= {key: limit for key, limit in limits.items() if limit is not None}
    if parameter.description:
        schema["description"] = parameter.description
    return _value_in_graphs(schema)


def _in_graphs(schema: Mapping[str, Any]) -> Schema:
    """Return the schema of a class as graphs write it: without titles, values as YAML has them."""
    kept = {key: each for key, each in schema.items() if key not in ("title", "description")}
    if "properties" in kept:
        kept["properties"] = {
            name: _value_in_graphs(each) for name, each in kept["properties"].items()
        }
    return kept


def _value_in_graphs(schema: Mapping[str, Any]) -> Schema:
    """Return the schema of one value, or of a reference to a parameter in its place."""
    remarks = {key: schema[key] for key in _REMARKS if key in schema}
    rest = {key: each for key, each in schema.items() if key not in (*_REMARKS, "title")}
    if not rest:
        return remarks
    if rest.get("type") == "string" and len(rest) == 1:
        return {**remarks, "type": _TEXTS}
    return {**remarks, "anyOf": [*_choices(rest), PARAMETER_REFERENCE]}


def _choices(schema: Mapping[str, Any]) -> list[Schema]:
    """Return the forms in which a graph may write a value."""
    if "anyOf" in schema:
        return [choice for each in schema["anyOf"] for choice in _choices(each)]
    kept = {key: each for key, each in schema.items() if key not in (*_REMARKS, "title")}
    if "enum" in kept or "const" in kept:
        kept.pop("type", None)
    if kept.get("type") == "string":
        kept["type"] = _TEXTS
    if "properties" in kept:
        return [_in_graphs(kept)]
    if isinstance(kept.get("additionalProperties"), dict):
        kept["additionalProperties"] = _value_in_graphs(kept["additionalProperties"])
    if "prefixItems" in kept:
        kept["prefixItems"] = [_value_in_graphs(each) for each in kept["prefixItems"]]
        return [kept]
    if kept.get("type") == "array" and "items" in kept:
        kept["items"] = _value_in_graphs(kept["items"])
        # A repeated option may be given once, without a list.
        return [kept, *_choices(schema["items"])]
    return [kept]
