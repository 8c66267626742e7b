"""Make a graph ready for evaluation: pictures go in, landmarks come out, and nothing is written.

A graph with an input for images is fed by it. One that reads its pictures itself, as
graphs/pose_tracking.yaml does, is cut behind its source: the stream of pictures becomes an input.
In both, what the landmarks don't depend on is left out, such as drawing and writing. If regions are
to be given, the graph is cut at the stream behind its output ROI as well, and its detector is left
out with all else that makes regions.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, NoReturn

from calculators.types import NormalizedLandmarks, NormalizedRect, RgbImage, WorldLandmarks
from graphflow.config.graph_config import Connection, GraphConfig
from graphflow.config.library import Library
from graphflow.config.overrides import apply_overrides
from graphflow.config.subgraph import expand
from graphflow.evaluation.cutting import cut
from graphflow.loading import Override, find_graph, load_graph, plan_from_config
from graphflow.nodes.registry import registry
from graphflow.plan import Plan
from graphflow.words.diagnostics import listed
from graphflow.words.errors import UsageError

LANDMARKS: Final = "LANDMARKS"
WORLD_LANDMARKS: Final = "WORLD_LANDMARKS"
ROI: Final = "ROI"


@dataclass(frozen=True)
class EvaluableGraph:
    """A graph that takes pictures, and says in landmarks what it found.

    Attributes:
        path: of the graph's file.
        plan: of what is run.
        texts: of the graph's file and those of its subgraphs.
        image: name of the input for pictures.
        region: name of the input for regions; None where the graph finds them itself.
        landmarks: name of the stream of landmarks.
        world_landmarks: name of that of world landmarks; None where there is none.
    """

    path: Path
    plan: Plan
    texts: tuple[str, ...]
    image: str
    region: str | None
    landmarks: str
    world_landmarks: str | None


@dataclass(frozen=True)
class _Streams:
    """The expanded graph, and the types of its streams."""

    path: Path
    config: GraphConfig
    types: Mapping[str, Any]

    def find(self, connections: Sequence[Connection], tag: str, kind: Any) -> list[Connection]:
        """Return the connections with a tag, if they can be of a type; else those of the type."""
        types = self.types
        tagged = [
            each for each in connections if each.tag == tag and types.get(each.name) in (kind, Any)
        ]
        return tagged or [each for each in connections if types.get(each.name) is kind]

    def refuse(self, fault: str, hint: str) -> NoReturn:
        raise UsageError(f"{self.path}: can't be evaluated: {fault}\n  hint: {hint}")


def evaluable_graph(
    name_or_path: str | Path,
    *,
    parameters: Mapping[str, Any] | None = None,
    overrides: Sequence[Override] = (),
    is_given_regions: bool = False,
) -> EvaluableGraph:
    """Load a graph for evaluation.

    Args:
        name_or_path: a graph file, or the name of a bundled graph.
        parameters: values of its parameters.
        overrides: options to set.
        is_given_regions: whether the regions to look at are given with the pictures.

    Raises:
        ConfigError: the graph is wrong.
        UsageError: it takes no pictures, or says no landmarks; or it can't be given regions.
    """
    path = find_graph(name_or_path)
    loaded = load_graph(path, parameters=parameters, overrides=overrides)
    expanded, _ = expand(loaded.files[0].config, registry, Library())
    config, _ = apply_overrides(expanded, overrides)
    streams = _Streams(path, config, {each.name: each.type for each in loaded.plan.streams})
    image = _image_input(streams)
    region = _region_input(streams, is_given_regions)
    landmarks = _landmarks(streams)
    world = streams.find(config.outputs, WORLD_LANDMARKS, WorldLandmarks)[:1]
    wanted = [landmarks.name, *(each.name for each in world)]
    plan = plan_from_config(_opened(streams, [image, *region], wanted))
    return EvaluableGraph(
        path=path,
        plan=plan,
        texts=tuple(each.source.text for each in loaded.files),
        image=image.name,
        region=region[0].name if region else None,
        landmarks=landmarks.name,
        world_landmarks=world[0].name if world else None,
    )


def _image_input(streams: _Streams) -> Connection:
    config = streams.config
    found = streams.find(config.inputs, "IMAGE", RgbImage)
    if not found and len(config.inputs) == 1 and not config.inputs[0].tag:
        found = list(config.inputs)
    if not found:
        read = [each for node in config.nodes if node.is_source for each in node.outputs]
        found = streams.find(read, "VIDEO", RgbImage)
    if not found:
        streams.refuse(
            "no pictures go into it",
            'it needs an input stream of images, "IMAGE:image", or a source that reads them, as '
            "graphs/pose_tracking.yaml has it",
        )
    if len(found) > 1:
        names = listed([f'"{each.name}"' for each in found])
        streams.refuse(f"it takes several pictures at a time: {names}", "one is to be its input")
    return found[0]


def _region_input(streams: _Streams, is_given_regions: bool) -> list[Connection]:
    """Return the stream of regions, if it is to be fed."""
    inputs = streams.find(streams.config.inputs, ROI, NormalizedRect)
    if not is_given_regions:
        if inputs:
            streams.refuse(
                f'it must be given a region for each picture ("{inputs[0].name}")',
                "--mode tracking gives stills the regions of the truth",
            )
        return []
    outputs = [each for each in streams.config.outputs if each.tag == ROI]
    if not inputs and not outputs:
        streams.refuse(
            "it can't be given regions",
            'it needs an output "ROI:name" of the regions that it crops pictures with, or an input',
        )
    return (inputs or outputs)[:1]


def _landmarks(streams: _Streams) -> Connection:
    found = streams.find(streams.config.outputs, LANDMARKS, NormalizedLandmarks)
    if not found:
        streams.refuse(
            "it says no landmarks",
            'it needs an output stream "LANDMARKS:name" of 33 landmarks, as '
            "graphs/pose_landmark_cpu.yaml has it",
        )
    return found[0]


def _opened(streams: _Streams, inputs: Sequence[Connection], outputs: Sequence[str]) -> GraphConfig:
    """Cut the graph; refuse it if more than pictures and regions would have to go in."""
    numbered = [replace(each, tag="", index=index) for index, each in enumerate(inputs)]
    part = cut(streams.config, numbered, outputs)
    made = {each.name for node in part.nodes for each in node.produced}
    made |= {each.name for each in part.inputs}
    lacking = sorted({each.name for node in part.nodes for each in node.inputs} - made)
    if lacking:
        names = listed([f'"{name}"' for name in lacking])
        streams.refuse(
            f"its landmarks need more than pictures: {names}", "an evaluation feeds pictures alone"
        )
    return part
