"""(f) Two clips at once on two cores, beside one clip at a time."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.figures import FASTER, Figure, Part, Target, at_least, cost
from benchmarks.parts.landmarks import per_frame
from benchmarks.parts.setting import MS, Setting
from benchmarks.servers import Server, graphflow_server
from benchmarks.turns import WALL, Round, Sample, ratios, take_turns

HOW: Final = (
    "`pose_landmarks` reads and tracks the clip of 640 x 480, with one worker, as it says itself: "
    "once, twice at once by two graphs in one process, and twice at once by two processes. Models "
    "are loaded before."
)
ONE: Final = "one clip"
TWO_GRAPHS: Final = "two graphs in one process"
TWO_PROCESSES: Final = "two processes"


def measure(setting: Setting) -> Part:
    """Measure one clip and two clips in turn."""
    request = {"clip": str(setting.small), "frames": setting.frames(165, 60)}
    with graphflow_server() as first, graphflow_server() as second:
        rounds = take_turns(
            {
                ONE: lambda: _alone(first, count=1, threads=1, **request),
                TWO_GRAPHS: lambda: _alone(first, count=2, threads=1, **request),
                TWO_PROCESSES: lambda: _both(first, second, count=1, threads=1, **request),
            },
            setting.rounds,
        )
    figures = [
        _figure(rounds, TWO_GRAPHS, at_least(1.8)),
        _figure(rounds, TWO_PROCESSES, at_least(1.8)),
    ]
    return Part("f", "two clips, two cores", HOW, figures, rounds=setting.rounds)


def _alone(server: Server, **request: Any) -> Sample:
    return per_frame(server.ask("clips", **request))


def _both(first: Server, second: Server, **request: Any) -> Sample:
    """Let two processes begin together; the slower one says how long both took."""
    for server in (first, second):
        server.send("clips", **request)
    answers = [server.receive() for server in (first, second)]
    frames = sum(answer["frames"] for answer in answers)
    return {
        "wall": max(answer["wall"] for answer in answers) / frames,
        "cpu": sum(answer["cpu"] for answer in answers) / frames,
    }


def _figure(rounds: list[Round], two: str, goal: Target) -> Figure:
    return Figure(
        f"{two}, against {ONE}",
        ratios(rounds, ONE, two, WALL),
        FASTER,
        goal,
        cost(rounds, two, "ms a frame", MS),
        cost(rounds, ONE, "ms a frame", MS),
    )
