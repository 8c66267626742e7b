"""(d) Start-up: imports, `--help`, and the first landmark, each in a process of its own."""

from __future__ import annotations

import os
import resource
import subprocess
import sys
from collections.abc import Mapping, Sequence
from functools import partial
from pathlib import Path
from time import perf_counter
from typing import Any, Final

from benchmarks.figures import COST_RATIO, Cost, Figure, Part, at_most, cost, under
from benchmarks.mediapipe_environment import THEIRS as THEIR_SCRIPTS
from benchmarks.mediapipe_environment import EnvironmentProblem
from benchmarks.parts.setting import MS, Setting
from benchmarks.servers import graphflow_server
from benchmarks.turns import CPU, WALL, Round, Sample, Spread, ratios, take_turns

HOW: Final = (
    "Each figure is of new processes, from the start of the process to the line that it prints. "
    "Files are in memory, and modules compiled, from the turn before, as pip compiles what it "
    "installs. The first landmark is that of a clip's first "
    "frame, decoded by PyAV for graphflow and by OpenCV for MediaPipe."
)
_PRINT_CPU: Final = "; import time; print(time.process_time())"


def measure(setting: Setting) -> Part:
    """Measure processes in turn, then starts of a graph in one process."""
    start = with_bytecode(os.environ, setting.folder / "bytecode")
    clip, their_script = str(setting.small), str(THEIR_SCRIPTS / "first_landmark.py")
    commands = {
        "our import": _our_code("import graphflow"),
        "their import": _their_code(setting, "import mediapipe"),
        "our landmark": [sys.executable, "-m", "benchmarks.ours.first_landmark", clip],
        "their landmark": [str(setting.python), their_script, clip],
    }
    sides = {name: partial(to_first_line, command, start) for name, command in commands.items()}
    ours_help = [sys.executable, "-m", "graphflow", "--help"]
    rounds = take_turns({**sides, "help": partial(whole_process, ours_help, start)}, setting.rounds)
    figures = [
        _ratio("from process start to the first landmark", rounds, "landmark", 0.6),
        _ratio("import", rounds, "import", None),
        Figure(
            "`graphflow --help`, CPU",
            Spread.of([each["help"][CPU] for each in rounds]),
            "s",
            under(0.2),
            cost(rounds, "help", "s", 1.0),
        ),
        *_starts(setting),
    ]
    return Part("d", "start-up", HOW, figures, rounds=setting.rounds)


def with_bytecode(environment: Mapping[str, str], folder: Path) -> dict[str, str]:
    """Return the environment of processes that keep compiled modules, in a folder of their own.

    Whether the sides' modules happen to be compiled where they lie would else be measured, too.
    """
    kept = {key: value for key, value in environment.items() if key != "PYTHONDONTWRITEBYTECODE"}
    return {**kept, "PYTHONPYCACHEPREFIX": str(folder)}


def to_first_line(command: Sequence[str], environment: Mapping[str, str]) -> Sample:
    """Start a process; return the wall time to its first line, which begins with its CPU seconds.

    Raises:
        EnvironmentProblem: it ended without that line.
    """
    begin = perf_counter()
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, env=environment
    ) as process:
        assert process.stdout is not None
        line = process.stdout.readline()
        wall = perf_counter() - begin
        process.stdout.read()
    if not line or process.returncode:
        raise EnvironmentProblem(f"{' '.join(command)} failed")
    return {WALL: wall, CPU: float(line.split()[0])}


def whole_process(command: Sequence[str], environment: Mapping[str, str]) -> Sample:
    """Run a process to its end; return its wall time and its CPU time.

    Raises:
        EnvironmentProblem: it failed.
    """
    begin, before = perf_counter(), _cpu_of_children()
    if subprocess.run(command, stdout=subprocess.DEVNULL, env=environment).returncode:
        raise EnvironmentProblem(f"{' '.join(command)} failed")
    return {WALL: perf_counter() - begin, CPU: _cpu_of_children() - before}


def _cpu_of_children() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _our_code(code: str) -> list[str]:
    return [sys.executable, "-c", code + _PRINT_CPU]


def _their_code(setting: Setting, code: str) -> list[str]:
    return [str(setting.python), "-c", code + _PRINT_CPU]


def _ratio(name: str, rounds: list[Round], what: str, limit: float | None) -> Figure:
    ours, theirs = f"our {what}", f"their {what}"
    return Figure(
        name,
        ratios(rounds, ours, theirs, WALL),
        COST_RATIO,
        None if limit is None else at_most(limit),
        cost(rounds, ours, "s", 1.0),
        cost(rounds, theirs, "s", 1.0),
        ratios(rounds, ours, theirs, CPU),
    )


def _starts(setting: Setting) -> list[Figure]:
    with graphflow_server() as ours:
        answers = [ours.ask("starts") for _ in range(setting.rounds + 1)][1:]
    return [
        Figure(name, Spread.of(_of(answers, key, WALL)), "ms", None, _cost(answers, key))
        for name, key in (
            ("`Graph.load` of the pose graph", "load"),
            ("`start` in a graph's first run", "first"),
            ("`start` in its later runs", "later"),
        )
    ]


def _of(answers: Sequence[dict[str, Any]], key: str, kind: str) -> list[float]:
    return [answer[key][kind] * MS for answer in answers]


def _cost(answers: Sequence[dict[str, Any]], key: str) -> Cost:
    return Cost("ms", Spread.of(_of(answers, key, WALL)), Spread.of(_of(answers, key, CPU)))
