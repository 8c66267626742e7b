"""A small node library for tests of loading, with every kind of port and policy; and a browser."""

from __future__ import annotations

import enum
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Literal

import pytest
from pydantic import Field, field_validator, model_validator

from graphflow import ANY_TAG, Calculator, Context, Contract, Options, Port
from graphflow.nodes.input_policy import ImmediatePolicy, SyncSet, SyncSetPolicy
from graphflow.nodes.registry import Registry, load_plugins, registry
from tests.graphflow.evaluation.tiny_graphs import TINY_NODES


class Image:
    """A payload type."""


class Detection:
    """A payload type."""


class BigDetection(Detection):
    """A payload type that is also another."""


class Overlap(enum.Enum):
    JACCARD = 1
    UNION = 2


class CropOptions(Options):
    width: int = Field(256, ge=1)
    keep: bool = True


class DetectOptions(Options):
    min_score: float = Field(0.5, ge=0.0, le=1.0)
    max_results: int = Field(10, ge=1)
    model_path: str | None = None
    overlap: Overlap = Overlap.JACCARD
    method: Literal["FAST", "EXACT"] = "FAST"
    strides: tuple[int, ...] = Field((8,), min_length=1, max_length=3)
    size: tuple[float, float] = (1.0, 1.0)
    crop: CropOptions = CropOptions()
    weights: dict[str, float] = Field({})
    threshold: float | None = Field(None, gt=0.0)
    name: str = "detector"

    @field_validator("name")
    @classmethod
    def _check_name(cls, name: str) -> str:
        if name == "nobody":
            raise ValueError("nobody is no name")
        return name

    @model_validator(mode="after")
    def _check_both(self) -> DetectOptions:
        if self.method == "EXACT" and self.max_results > 100:
            raise ValueError("EXACT takes at most 100 results")
        return self


class NeedyOptions(Options):
    side_px: int = Field(gt=0, lt=100)


class _Silent(Calculator[Any]):
    def process(self, context: Context) -> None:
        """Emit nothing."""


class CameraCalculator(_Silent):
    contract = Contract(
        outputs=(Port("IMAGE", Image), Port("SIZE", optional=True)),
        side_inputs=(Port("PATH", str, optional=True), Port("MODEL", optional=True)),
    )


class DetectCalculator(_Silent):
    contract = Contract(
        inputs=(
            Port("IMAGE", Image, doc="the picture"),
            Port("SIZE", optional=True, doc="width, height in pixels"),
        ),
        outputs=(Port("DETECTIONS", BigDetection), Port("DEBUG", optional=True)),
        side_inputs=(Port("MODEL", str, optional=True), Port("FACTOR", float, optional=True)),
        options=DetectOptions,
    )


class DrawCalculator(_Silent):
    contract = Contract(
        inputs=(Port("IMAGE", Image), Port("DETECTIONS", Detection, doc="what to draw")),
        outputs=(Port("IMAGE", same_as="IMAGE"),),
    )


class MergeCalculator(_Silent):
    contract = Contract(inputs=(Port("", repeated=True),), outputs=(Port("", same_as=""),))


class SameCalculator(_Silent):
    contract = Contract(
        inputs=(Port("A"), Port("B", same_as="A")),
        outputs=(Port("OUT", same_as="B"),),
    )


class GateCalculator(_Silent):
    contract = Contract(
        inputs=(Port(ANY_TAG), Port("ALLOW", bool, optional=True)),
        outputs=(Port(ANY_TAG), Port("STATE", bool, optional=True)),
    )


class LoopbackCalculator(_Silent):
    contract = Contract(
        inputs=(Port("MAIN"), Port("LOOP")),
        outputs=(Port("PREV_LOOP", same_as="LOOP"),),
        timestamp_offset=None,
        process_timestamps=True,
        input_policy=ImmediatePolicy(),
    )


class SyncCalculator(_Silent):
    contract = Contract(
        inputs=(Port("A"), Port("B", optional=True), Port("C", optional=True)),
        outputs=(Port("OUT", optional=True),),
        input_policy=SyncSetPolicy(sync_set=(SyncSet(tag_index=("A", "B")),)),
    )


class ModelCalculator(_Silent):
    contract = Contract(
        side_inputs=(Port("PATH", str),),
        side_outputs=(Port("MODEL", str), Port("COUNT", int, optional=True)),
    )


class NeedyCalculator(_Silent):
    contract = Contract(inputs=(Port(""),), options=NeedyOptions)


class MirrorCalculator(_Silent):
    contract = Contract(
        inputs=(Port(ANY_TAG, optional=True),),
        outputs=(Port(ANY_TAG, optional=True),),
        side_inputs=(Port(ANY_TAG, optional=True),),
        side_outputs=(Port(ANY_TAG, optional=True),),
    )


@pytest.fixture(scope="session")
def nodes() -> Registry:
    """A registry that holds the calculators of this file."""
    registry = Registry()
    for calculator in (
        CameraCalculator,
        DetectCalculator,
        DrawCalculator,
        GateCalculator,
        LoopbackCalculator,
        MergeCalculator,
        MirrorCalculator,
        ModelCalculator,
        NeedyCalculator,
        SameCalculator,
        SyncCalculator,
    ):
        registry.register(calculator)
    return registry


@pytest.fixture
def bundled_graphs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder that stands in for the graphs bundled with the package."""
    folder = tmp_path / "bundled_graphs"
    folder.mkdir()
    monkeypatch.setattr("graphflow.config.library.bundled_folder", lambda name: folder)
    return folder


BROWSERS = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    playwright = pytest.importorskip(
        "playwright.sync_api", reason="looking at pages needs the extra test (playwright)"
    )
    program = next(filter(None, map(shutil.which, BROWSERS)), None)
    if program is None:
        pytest.skip(f"looking at pages needs a browser: none of {', '.join(BROWSERS)} is here")
    with playwright.sync_playwright() as running:
        opened = running.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture
def tiny_nodes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let graphs find the nodes of the tiny graphs that are evaluated, in this test alone."""
    load_plugins()
    tiny = {each.__name__: each for each in TINY_NODES}
    monkeypatch.setattr(registry, "_classes", {**registry._classes, **tiny})
