"""A report as JSON and back. The names are those of the dataclasses, which say what they mean."""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter

from graphflow.evaluation.report import Report

_ADAPTER: Final = TypeAdapter(Report)


def to_json(report: Report) -> str:
    """Return a report as JSON; what does not apply is null."""
    return _ADAPTER.dump_json(report, indent=2).decode("utf-8") + "\n"


def from_json(text: str | bytes) -> Report:
    """Return the report that some JSON holds.

    Raises:
        pydantic.ValidationError: it holds none.
    """
    return _ADAPTER.validate_json(text)


def json_schema() -> dict[str, Any]:
    """Return the JSON Schema of a report as JSON."""
    return _ADAPTER.json_schema(mode="serialization")
