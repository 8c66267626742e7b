"""`graphflow run --compare-offline`: what dropping frames costs, without a camera or chance.

The graph runs twice on one clip. First without losses: its limiters are open, the clip is read as
quickly as the graph takes it, and each call is timed. Then live, on a virtual clock: the clip plays
at its own pace, each call takes the time that it is said to take, and what the limiters drop then
is dropped. Nothing is waited for, and the second run is the same each time.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from statistics import median
from typing import Any, Final, Protocol

from graphflow.commands.live_options import MAX_LATENCY, REALTIME
from graphflow.commands.offline_report import ComparisonReport
from graphflow.commands.progress import Progress
from graphflow.commands.side_values import INPUT, defaults, settable
from graphflow.commands.summary import Tally
from graphflow.evaluation.live_cost import (
    LiveResult,
    TrueFrame,
    can_be_played_twice,
    is_pose,
    live_cost,
    size_of,
)
from graphflow.graph import INLINE, Graph
from graphflow.loading import Override
from graphflow.nodes.calculator import AnyCalculator, Calculator
from graphflow.nodes.context import Context
from graphflow.nodes.contract import Contract
from graphflow.nodes.options import NoOptions
from graphflow.plan import NodePlan, Plan
from graphflow.running.executors import usual_threads
from graphflow.testing.timed_simulation import TimedRun, simulate_timed
from graphflow.words.errors import UsageError
from graphflow.words.packet import Packet

LANDMARKS_TAG: Final = "LANDMARKS"
IMAGE_TAG: Final = "IMAGE"

LIMITERS: Final = ("FlowLimiterCalculator", "RealTimeFlowLimiterCalculator")
OPTION, MAX_IN_FLIGHT = "max_in_flight", "MAX_IN_FLIGHT"
"""What limiters have for it: an option, and a side input that counts before it."""

IN_FLIGHT_WITHOUT_LOSSES: Final = 1_000_000
"""Frames in flight of an open limiter: queues hold the source back long before."""

WRITTEN_TAGS: Final = ("OUTPUT_FILE_PATH", "FILE_PATH")
"""Side inputs by which sinks learn where they write."""

EVENTS_PER_NODE: Final = 20
EVENTS_BEFORE: Final = 1_000_000
"""Events that a simulation may take: for each node and frame, and besides."""

CALLS_KEPT: Final = 100
"""Of an hour's run all calls would not fit into memory; these stand in a fault."""


class LoadGraph(Protocol):
    """Loads the graph that was asked for."""

    def __call__(self, more: Sequence[Override] = ()) -> Graph:
        """Return it, with further options set."""


@dataclass(frozen=True)
class Comparison:
    """What is to be compared.

    Attributes:
        path: of the graph.
        load: loads it.
        values: side packets of the live run.
        costs_us: how long a call takes, by node; those that are lacking are measured.
        measures: whether they are measured; else they take no time.
        threads: of the default executor; None for what the graph says.
    """

    path: Path
    load: LoadGraph
    values: Mapping[str, Any]
    costs_us: Mapping[str, int]
    measures: bool
    threads: int | None


@dataclass
class _Watched:
    """What a run showed: sizes of frames by time, and landmarks and pictures with their hours."""

    frames: dict[int, tuple[int, int]] = field(default_factory=dict)
    first_frame: tuple[int, int] | None = None
    landmarks: dict[int, tuple[int, Any]] = field(default_factory=dict)
    images: dict[int, int] = field(default_factory=dict)

    def see_frame(self, packet: Packet, now_us: int) -> None:
        """Take what a source gives; what is no picture is no frame."""
        size = size_of(packet.value)
        if size is not None:
            self.first_frame = self.first_frame or (packet.timestamp, now_us)
            self.frames[packet.timestamp] = size

    def see_landmarks(self, packet: Packet, now_us: int) -> None:
        """Take landmarks."""
        if not is_pose(packet.value):
            raise UsageError(
                f"--compare-offline: the output {LANDMARKS_TAG} carries something else than the "
                "landmarks of a pose, (N, 2 or more) with shoulders and hips"
            )
        self.landmarks[packet.timestamp] = now_us, packet.value

    def see_image(self, packet: Packet, now_us: int) -> None:
        """Take the time at which a frame had a result, with a pose or without."""
        self.images[packet.timestamp] = now_us


def compare_offline(comparison: Comparison, progress: Progress) -> ComparisonReport:
    """Run a clip without losses and in simulated real time, and return what dropping cost.

    Raises:
        UsageError: this graph or this input can't be compared.
        GraphflowError: a run failed.
    """
    graph = comparison.load()
    plan = graph.plan
    _check(plan, comparison.values)
    with tempfile.TemporaryDirectory(prefix="graphflow-") as folder:
        values = {**comparison.values, **_scratch_paths(plan, comparison.values, Path(folder))}
        offline, measured_us, losses = _run_without_losses(comparison, values, progress)
        costs_us = {**(measured_us if comparison.measures else {}), **comparison.costs_us}
        if not offline.frames:
            raise UsageError("--compare-offline: the source gave no pictures")
        frame_count = len(offline.frames)
        live, run = _run_live(graph, comparison, values, costs_us, progress, frame_count)
    return ComparisonReport(
        graph=str(comparison.path),
        input=str(comparison.values.get(INPUT, defaults(plan).get(INPUT, ""))),
        cost=live_cost(_truth(offline), _results(live)),
        losses=run.ledger.losses,
        offline_losses=losses,
        costs_us={node.name: costs_us.get(node.name, 0) for node in plan.nodes},
        calls=run.call_counts,
        threads={
            each.name: each.num_threads or usual_threads(plan)
            for each in _with_threads(plan, comparison.threads).executors
        },
    )


def _check(plan: Plan, values: Mapping[str, Any]) -> None:
    source = str(values.get(INPUT, defaults(plan).get(INPUT, "")))
    if not plan.output(LANDMARKS_TAG):
        raise UsageError(
            f"--compare-offline: the graph has no output {LANDMARKS_TAG}:..., whose landmarks "
            "could be compared"
        )
    if not source or not can_be_played_twice(source):
        raise UsageError(
            f'--compare-offline: "{source}" can\'t be played twice; expected a file\n'
            "  hint: record it first: graphflow run pose_tracking_live -i ... -o clip.mp4"
        )


def _scratch_paths(plan: Plan, values: Mapping[str, Any], folder: Path) -> dict[str, str]:
    """Return other paths for what sinks write: it is timed as well, and nobody wants it twice."""
    names = {
        side.name for node in plan.nodes for side in node.side_inputs if side.tag in WRITTEN_TAGS
    }
    every = {**defaults(plan), **values}
    paths = {name: every.get(name) for name in sorted(names) if name in settable(plan)}
    return {
        name: str(folder / f"{name}{Path(path).suffix}")
        for name, path in paths.items()
        if isinstance(path, str) and path
    }


def _run_without_losses(
    comparison: Comparison, values: Mapping[str, Any], progress: Progress
) -> tuple[_Watched, dict[str, int], tuple[str, ...]]:
    """Return what the run showed, the median time of each node's calls, and what it lost."""
    graph = comparison.load(_open_limiters(comparison.load().plan))
    plan, timer, watched = graph.plan, _CallTimer(), _Watched()
    tally = Tally(graph, plan)
    graph.wrap_calculators(timer.wrap)

    def see_frame(packet: Packet) -> None:
        watched.see_frame(packet, 0)
        progress.show(tally.frames, tally.total)

    for name in _source_streams(plan):
        graph.observe(name, see_frame)
    graph.observe(plan.output(LANDMARKS_TAG), lambda packet: watched.see_landmarks(packet, 0))
    graph.run({**values, **_side_packets_without_losses(plan)}, threads=INLINE)
    losses = tuple(str(each) for each in graph.ledger().losses)
    return watched, timer.medians_us(), losses


def _run_live(
    graph: Graph,
    comparison: Comparison,
    values: Mapping[str, Any],
    costs_us: Mapping[str, int],
    progress: Progress,
    frame_count: int,
) -> tuple[_Watched, TimedRun]:
    """Return what the run on the virtual clock showed."""
    plan, watched = _with_threads(graph.plan, comparison.threads), _Watched()

    def see_frame(packet: Packet, now_us: int) -> None:
        watched.see_frame(packet, now_us)
        progress.show(len(watched.frames), frame_count)

    listeners: dict[str, Callable[[Packet, int], None]] = dict.fromkeys(
        _source_streams(plan), see_frame
    )
    listeners[plan.output(LANDMARKS_TAG)] = watched.see_landmarks
    if plan.output(IMAGE_TAG):
        listeners[plan.output(IMAGE_TAG)] = watched.see_image
    run = simulate_timed(
        Graph(plan),
        durations={name: cost for name, cost in costs_us.items() if cost},
        workers=usual_threads(plan),
        side_packets=values,
        observe=(),
        listeners=listeners,
        checks=False,
        max_events=EVENTS_BEFORE + EVENTS_PER_NODE * len(plan.nodes) * frame_count,
        calls_kept=CALLS_KEPT,
    )
    if run.error is not None:
        raise run.error
    return watched, run


def _truth(offline: _Watched) -> list[TrueFrame]:
    return [
        TrueFrame(time_us, offline.landmarks.get(time_us, (0, None))[1], *offline.frames[time_us])
        for time_us in sorted(offline.frames)
    ]


def _results(live: _Watched) -> list[LiveResult]:
    """Return the live run's results, their hours counted as packets' times are."""
    origin_us = 0 if live.first_frame is None else live.first_frame[1] - live.first_frame[0]
    seen = {**live.images, **{time_us: when for time_us, (when, _) in live.landmarks.items()}}
    return [
        LiveResult(time_us, when - origin_us, live.landmarks.get(time_us, (0, None))[1])
        for time_us, when in sorted(seen.items())
        if time_us in live.frames
    ]


def _source_streams(plan: Plan) -> list[str]:
    return [
        plan.streams[output.stream].name
        for node in plan.nodes
        if node.is_source
        for output in node.outputs
    ]


def _open_limiters(plan: Plan) -> list[Override]:
    return [
        Override(f"{node.name}.{OPTION}", IN_FLIGHT_WITHOUT_LOSSES)
        for node in plan.nodes
        if node.calculator.__name__ in LIMITERS and OPTION in type(node.options).model_fields
    ]


def _side_packets_without_losses(plan: Plan) -> dict[str, Any]:
    """Return the side packets by which a graph drops nothing."""
    offered = settable(plan)
    wanted = {REALTIME: False, MAX_LATENCY: 0}
    for node in plan.nodes:
        if node.calculator.__name__ in LIMITERS:
            wanted |= {
                side.name: IN_FLIGHT_WITHOUT_LOSSES
                for side in node.side_inputs
                if side.tag == MAX_IN_FLIGHT
            }
    return {name: value for name, value in wanted.items() if name in offered}


def _with_threads(plan: Plan, threads: int | None) -> Plan:
    if threads is None:
        return plan
    default = replace(plan.executors[0], num_threads=threads)
    return replace(plan, executors=(default, *plan.executors[1:]))


class _CallTimer:
    """Times the calls of all nodes but sources, which read ahead while a live graph waits."""

    def __init__(self) -> None:
        self._seconds: dict[str, list[float]] = {}

    def wrap(self, node: NodePlan, calculator: AnyCalculator) -> AnyCalculator:
        """Put a clock around a node's calculator."""
        if node.is_source:
            return calculator
        return _TimedCalculator(calculator, self._seconds.setdefault(node.name, []))

    def medians_us(self) -> dict[str, int]:
        """Return the median of each node's calls, in whole microseconds."""
        return {name: round(1e6 * median(each)) for name, each in self._seconds.items() if each}


class _TimedCalculator(Calculator[NoOptions]):
    """Hands the calls of a node on, and times those of `process`."""

    contract = Contract()

    def __init__(self, inner: AnyCalculator, seconds: list[float]) -> None:
        super().__init__(NoOptions())
        self._inner = inner
        self._seconds = seconds

    def open(self, context: Context) -> None:
        """Hand the call on."""
        self._inner.open(context)

    def process(self, context: Context) -> None:
        """Hand the call on, and time it."""
        began = time.perf_counter()
        self._inner.process(context)
        self._seconds.append(time.perf_counter() - began)

    def close(self, context: Context) -> None:
        """Hand the call on."""
        self._inner.close(context)
