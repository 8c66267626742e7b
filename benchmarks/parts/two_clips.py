"""(f) Two clips at once on two cores, beside one clip at a time."""

from __future__ import annotations

from typing import Any, Final

from benchmarks.figures import FASTER, Figure, Part, Target, at_least, cost
from benchmarks.parts.landmarks import per_frame
from benchmarks.parts.setting import MS, Setting
from benchmarks.servers import Server, graphflow_server
from benchmarks.turns import WALL, Round, Sample, ratios, take_turns

HOW: Final = (
    "`pose_landmarks` reads and tracks the clip of 640 x 480 with one worker: once, twice at once "
    "by two graphs in one process, and twice at once by two processes. Models are loaded before. "
    "The last figure gives both graphs, and the single one, as many workers as there are cores, "
    "where one clip alone already uses part of the second core."
)
ONE: Final = "one clip"
TWO_GRAPHS: Final = "two graphs in one process"
TWO_PROCESSES: Final = "two processes"
ONE_WIDE: Final = "one clip, default workers"
TWO_WIDE: Final = "two graphs in one process, default workers"


def measure(setting: Setting) -> Part:
    """Measure one clip and two clips in turn."""
    request = {"clip": str(setting.small), "frames": setting.frames(165, 60)}
    with graphflow_server() as first, graphflow_server() as second:
        rounds = take_turns(
            {
                ONE: lambda: _alone(first, count=1, threads=1, **request),
                TWO_GRAPHS: lambda: _alone(first, count=2, threads=1, **request),
                TWO_PROCESSES: lambda: _both(first, second, count=1, threads=1, **request),
                ONE_WIDE: lambda: _alone(first, count=1, threads=None, **request),
                TWO_WIDE: lambda: _alone(first, count=2, threads=None, **request),
            },
            setting.rounds,
        )
    figures = [
        _figure(rounds, TWO_GRAPHS, ONE, at_least(1.8)),
        _figure(rounds, TWO_PROCESSES, ONE, at_least(1.8)),
        _figure(rounds, TWO_WIDE, ONE_WIDE, None),
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


def _figure(rounds: list[Round], two: str, one: str, goal: Target | None) -> Figure:
    return Figure(
        f"{two}, against {one}",
        ratios(rounds, one, two, WALL),
        FASTER,
        goal,
        cost(rounds, two, "ms a frame", MS),
        cost(rounds, one, "ms a frame", MS),
    )
