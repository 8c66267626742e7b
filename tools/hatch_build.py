"""Put the data folders into wheels, under graphflow/bundled/.

A hook and not a table in pyproject.toml, because an editable install must not get copies: there
the checkout's own folders are used (see graphflow/words/bundle.py), and copies would go stale.
"""

from __future__ import annotations

from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

BUNDLED = {
    "graphs": "graphflow/bundled/graphs",
    "models/manifest.yaml": "graphflow/bundled/models/manifest.yaml",
    "samples/figure.mp4": "graphflow/bundled/samples/figure.mp4",
    "samples/figure.joints.json": "graphflow/bundled/samples/figure.joints.json",
}


class BundleHook(BuildHookInterface):  # type: ignore[type-arg,misc,unused-ignore]
    """Add the bundled data to a standard wheel."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Called by hatchling before it builds; `version` is "standard" or "editable"."""
        if version == "standard":
            build_data["force_include"].update(BUNDLED)
