"""Writing: a report of an evaluation as JSON, CSV, a table in the terminal, or a page."""

from __future__ import annotations

from graphflow.evaluation.writing.as_json import from_json, json_schema, to_json
from graphflow.evaluation.writing.console import console
from graphflow.evaluation.writing.csv_files import joints_csv, samples_csv
from graphflow.evaluation.writing.page import to_page

__all__ = [
    "console",
    "from_json",
    "joints_csv",
    "json_schema",
    "samples_csv",
    "to_json",
    "to_page",
]
