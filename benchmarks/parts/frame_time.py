"""(t) Where the time of a tracked frame goes."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.figures import Cost, Figure, Part, Stage, under
from benchmarks.ours.stages import ORDER
from benchmarks.parts.setting import MS, Setting
from benchmarks.servers import Server, graphflow_server
from benchmarks.turns import Sample, Spread, spread, take_turns

HOW: Final = (
    "Both jobs run in one thread, so that every moment belongs to one node; x264 and the video "
    "decoder have threads of their own besides. The interpreter's invoke is timed alone, its "
    "node's other time is *tensors in and out*. What is left of the wall time is the scheduler's, "
    "with the time between calls. Frames after the first five count."
)
LANDMARKS: Final = "landmarks alone, 640 x 480"
WHOLE: Final = "the whole job, 1280 x 720"


def measure(setting: Setting) -> Part:
    """Measure both jobs in turn."""
    stages: dict[str, list[dict[str, float]]] = {LANDMARKS: [], WHOLE: []}
    with graphflow_server() as ours:
        sides = {
            LANDMARKS: lambda: _run(setting, ours, False, stages[LANDMARKS]),
            WHOLE: lambda: _run(setting, ours, True, stages[WHOLE]),
        }
        rounds = take_turns(sides, setting.rounds)
    outside = spread(rounds, LANDMARKS, "outside", MS)
    share = Spread.of([100 * each[LANDMARKS]["outside"] / each[LANDMARKS]["wall_median"]
                       for each in rounds])  # fmt: skip
    took = [
        Cost("ms a frame", spread(rounds, job, "wall", MS), spread(rounds, job, "cpu", MS))
        for job in (LANDMARKS, WHOLE)
    ]
    figures = [
        Figure("outside the interpreter's invoke", outside, "ms", under(1.5), took[0]),
        Figure("its share of the frame", share, "%", under(12.0), took[0]),
        Figure(f"{WHOLE}, in one thread", took[1].wall, "ms", None, took[1]),
    ]
    return Part(
        "t",
        "where the time of a frame goes",
        HOW,
        figures,
        stages=table(stages, skipped=len(stages[WHOLE]) - len(rounds)),
        rounds=setting.rounds,
    )


def table(runs: dict[str, list[dict[str, float]]], skipped: int) -> list[Stage]:
    """Return the stages that any job has, in order, with medians over the runs that count."""
    return [
        Stage(
            name,
            {
                job: Spread.of([each.get(name, 0.0) * MS for each in found[skipped:]]).median
                for job, found in runs.items()
            },
        )
        for name in ORDER
        if any(name in each for found in runs.values() for each in found)
    ]


def _run(setting: Setting, ours: Server, is_whole: bool, stages: list[dict[str, float]]) -> Sample:
    answer: dict[str, Any] = ours.ask(
        "frame_time",
        clip=str(setting.large if is_whole else setting.small),
        frames=setting.frames(120, 40),
        is_whole=is_whole,
        output=str(setting.folder / "frame_time.mp4"),
    )
    stages.append(answer.pop("stages"))
    return answer
