"""Where the time of a frame goes: the graph in one thread, node by node."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from statistics import median
from time import perf_counter, process_time
from typing import Any, Final

from benchmarks.graphflow_side import PYTHON_PROFILE
from benchmarks.ours.landmarks import FRAME_STEP_US, frames_of, pose_graph
from benchmarks.ours.stages import INVOKE, REST, TENSORS, stage_of
from calculators.tensor.interpreter import load_runtime
from graphflow import Graph
from graphflow.graph import INLINE

WARM_UP: Final = 5
"""Frames at the beginning that are not counted."""


class InvokeTime:
    """Seconds inside the interpreter's own invoke.

    Attributes:
        seconds: so far.
    """

    def __init__(self) -> None:
        self.seconds = 0.0


@contextmanager
def timed_invoke() -> Iterator[InvokeTime]:
    """Time each call of the runtime's invoke, of whatever model, while this lasts."""
    interpreter = load_runtime().interpreter
    invoke: Callable[..., Any] = interpreter.invoke
    time = InvokeTime()

    def timed(self: Any) -> Any:
        begin = perf_counter()
        try:
            return invoke(self)
        finally:
            time.seconds += perf_counter() - begin

    interpreter.invoke = timed
    try:
        yield time
    finally:
        interpreter.invoke = invoke


def run(clip: str, frames: int, is_whole: bool, output: str) -> dict[str, Any]:
    """Return seconds for each frame: wall, CPU, and by stage.

    Args:
        clip: its path.
        frames: how many, more than WARM_UP.
        is_whole: the whole job, instead of the landmarks of decoded frames.
        output: the video that the whole job writes.

    Raises:
        RuntimeError: no call of the interpreter was seen, so it can't be told from the rest.
    """
    answer = whole_job(clip, frames, output) if is_whole else landmarks_alone(clip, frames)
    if not answer["stages"][INVOKE]:
        raise RuntimeError("the graph ran without a call of the interpreter's invoke")
    return answer


def landmarks_alone(clip: str, frames: int) -> dict[str, Any]:
    """Track decoded frames one at a time; `outside` and `wall_median` are medians over frames."""
    images = frames_of(clip, frames)
    walls: list[float] = []
    outsides: list[float] = []
    with timed_invoke() as invoke:
        graph, _ = pose_graph(static=False, segmentation=False, threads=INLINE)
        for number, image in enumerate(images):
            if number == WARM_UP:
                before, cpu, inside_before = stage_seconds(graph), process_time(), invoke.seconds
            begin, inside = perf_counter(), invoke.seconds
            graph.add_packet("image", image, (number + 1) * FRAME_STEP_US)
            walls.append(perf_counter() - begin)
            outsides.append(walls[-1] - (invoke.seconds - inside))
        cpu, inside = process_time() - cpu, invoke.seconds - inside_before
        after = stage_seconds(graph)
        graph.close_inputs()
        graph.wait_until_done()
    count = len(images) - WARM_UP
    wall = sum(walls[WARM_UP:])
    return {
        "wall": wall / count,
        "cpu": cpu / count,
        "wall_median": median(walls[WARM_UP:]),
        "outside": median(outsides[WARM_UP:]),
        "stages": split(before, after, wall, inside, count),
    }


def whole_job(clip: str, frames: int, output: str) -> dict[str, Any]:
    """Run the whole job in one thread; x264 and the decoder have threads of their own."""
    graph = Graph.load("pose_tracking", parameters=PYTHON_PROFILE)
    marks: list[tuple[float, float, float, dict[str, float]]] = []
    count = 0
    with timed_invoke() as invoke:

        def note(_: Any) -> None:
            nonlocal count
            count += 1
            if count in (WARM_UP, frames):
                marks.append((perf_counter(), process_time(), invoke.seconds, stage_seconds(graph)))

        # Not the drawn frames: inline, those of several frames are drawn one after another.
        graph.observe("pose_landmarks", note)
        graph.run(
            {"input_path": clip, "output_path": output, "landmarks_path": "", "max_frames": frames},
            threads=INLINE,
        )
    (begin, cpu_begin, inside, before), (end, cpu_end, inside_end, after) = marks
    counted = frames - WARM_UP
    return {
        "wall": (end - begin) / counted,
        "cpu": (cpu_end - cpu_begin) / counted,
        "stages": split(before, after, end - begin, inside_end - inside, counted),
    }


def stage_seconds(graph: Graph) -> dict[str, float]:
    """Return how long the nodes of each stage were busy so far."""
    seconds: dict[str, float] = {}
    for node, time in zip(graph.plan.nodes, graph.node_times(), strict=True):
        stage = stage_of(node.calculator)
        seconds[stage] = seconds.get(stage, 0.0) + time.busy_seconds
    return seconds


def split(
    before: dict[str, float], after: dict[str, float], wall: float, inside: float, frames: int
) -> dict[str, float]:
    """Return the seconds of each stage for a frame; together they are the wall time.

    Args:
        before: busy seconds by stage when counting began.
        after: and when it ended.
        wall: seconds in between.
        inside: seconds of them in the interpreter's invoke.
        frames: how many passed.
    """
    spent = {stage: after[stage] - before.get(stage, 0.0) for stage in after}
    busy = sum(spent.values())
    copying = spent.pop(INVOKE, 0.0) - inside
    return {
        stage: seconds / frames
        for stage, seconds in {
            **spent,
            INVOKE: inside,
            TENSORS: copying,
            REST: wall - busy,
        }.items()
    }
