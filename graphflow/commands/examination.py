"""What `graphflow doctor` looks at: Python, packages, runtimes, codecs, cameras, weights, terminal.

Each question is a function that answers with findings, and never raises: what is broken is what
it is there to tell. Payload libraries are imported by name, for the engine knows none of them.
"""

from __future__ import annotations

import os
import platform
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import Path
from typing import Any, Final

from graphflow.nodes import registry as registries
from graphflow.nodes.resources import ResourceState, default_store, user_cache_folder
from graphflow.words.errors import GraphflowError, describe

DISTRIBUTION: Final = "graphflow-perception"
PYTHON_FIRST: Final = (3, 10)
PYTHON_LAST_TESTED: Final = (3, 13)
USER_EXTRAS: Final = ("draw", "eval", "osc", "record", "rerun", "serve")
"""Extras that users may want; the others are for developers."""

_REQUIREMENT: Final = re.compile(r"(?P<name>[\w.-]+)(?:\[[^\]]*\])?\s*(?:>=\s*(?P<least>[\w.]+))?")
_PYTHON: Final = re.compile(r"python_version\s*>=\s*['\"](?P<least>[\d.]+)")
_EXTRA: Final = re.compile(r"extra\s*==\s*['\"](?P<extra>[\w-]+)['\"]")


class State(Enum):
    """How bad it is."""

    OK = "ok"
    WARN = "warn"
    BAD = "bad"


@dataclass(frozen=True)
class Finding:
    """One line of the report.

    Attributes:
        subject: what was looked at.
        found: what is there.
        advice: what to do about it; "" where nothing needs to be done.
    """

    subject: str
    state: State
    found: str
    advice: str = ""


def examine() -> Iterator[Finding]:
    """Answer all questions, in the order of the report."""
    questions: tuple[Callable[[], Iterable[Finding]], ...] = (
        python_findings,
        package_findings,
        plugin_findings,
        runtime_findings,
        opencv_findings,
        codec_findings,
        camera_findings,
        weight_findings,
        cache_findings,
        terminal_findings,
    )
    for question in questions:
        try:
            yield from question()
        except Exception as error:
            subject = question.__name__.removesuffix("_findings")
            advice = f"install {DISTRIBUTION} again, or report this"
            yield Finding(subject, State.BAD, f"can't be told: {describe(error)}", advice)


def python_findings(
    found: tuple[int, ...] = sys.version_info[:3], system: str | None = None
) -> Iterator[Finding]:
    """Tell whether this Python is one that graphflow is tested with, and what machine it is."""
    words = ".".join(map(str, found))
    range_words = f"{PYTHON_FIRST[0]}.{PYTHON_FIRST[1]} to 3.{PYTHON_LAST_TESTED[1]}"
    if found[:2] < PYTHON_FIRST:
        yield Finding("Python", State.BAD, words, f"install Python {range_words}")
    elif found[:2] > PYTHON_LAST_TESTED:
        advice = f"tested with {range_words}; report what fails"
        yield Finding("Python", State.WARN, words, advice)
    else:
        yield Finding("Python", State.OK, f"{words}, {sys.executable}")
    cores = os.cpu_count() or 1
    words = system or platform.platform()
    yield Finding("platform", State.OK, f"{words}, {platform.machine()}, {cores} cores")


def package_findings(
    requirements: Iterable[str] | None = None, installed: Callable[[str], str] = version
) -> Iterator[Finding]:
    """Tell whether each required package is there, at least as new as what is tested."""
    declared = requires(DISTRIBUTION) if requirements is None else requirements
    for text in declared or ():
        requirement, _, marker = text.partition(";")
        match, extra = _REQUIREMENT.match(requirement), _EXTRA.search(marker)
        if match is None or (extra is not None and extra["extra"] not in USER_EXTRAS):
            continue
        python = _PYTHON.search(marker)
        if python is not None and sys.version_info < _release(python["least"]):
            yield Finding(match["name"], State.OK, f"for Python {python['least']} and later")
            continue
        name = "" if extra is None else extra["extra"]
        yield _package_finding(match["name"], match["least"] or "", name, installed)


def _package_finding(name: str, least: str, extra: str, installed: Callable[[str], str]) -> Finding:
    wanted = f"{name}>={least}" if least else name
    try:
        found = installed(name)
    except PackageNotFoundError:
        if extra:
            words = f"not installed; pip install '{DISTRIBUTION}[{extra}]' if you want it"
            return Finding(name, State.OK, words)
        return Finding(name, State.BAD, "not installed", f"pip install '{wanted}'")
    if _release(found) < _release(least):
        return Finding(name, State.BAD, found, f"pip install --upgrade '{wanted}'")
    return Finding(name, State.OK, f"{found}, of {least} or later" if least else found)


def _release(text: str) -> tuple[int, ...]:
    """Return the numbers that a version begins with."""
    found = re.match(r"\d+(\.\d+)*", text)
    return tuple(map(int, found[0].split("."))) if found else ()


def plugin_findings() -> Iterator[Finding]:
    """Tell whether the calculators of all packages can be imported."""
    try:
        registries.load_plugins()
    except GraphflowError as error:
        fault, _, hint = str(error).partition("\n  hint: ")
        yield Finding("calculators", State.BAD, fault, hint)
        return
    count = len(registries.registry.names())
    if count:
        yield Finding("calculators", State.OK, f"{count} registered")
    else:
        yield Finding("calculators", State.BAD, "none registered", f"pip install {DISTRIBUTION}")


def runtime_findings() -> Iterator[Finding]:
    """Tell which TFLite runtime runs models."""
    try:
        runtime = import_module("calculators.tensor.interpreter").load_runtime()
    except (GraphflowError, ImportError) as error:
        yield Finding("TFLite", State.BAD, describe(error), "pip install ai-edge-litert")
        return
    try:
        words = f"{runtime.name} {version(runtime.name.replace('_', '-'))}"
    except PackageNotFoundError:
        words = str(runtime.name)
    yield Finding("TFLite", State.OK, words)


def opencv_findings() -> Iterator[Finding]:
    """Tell which build of OpenCV is imported, and whether two builds lie in one folder."""
    try:
        cv2 = import_module("cv2")
    except ImportError as error:
        advice = "pip install --force-reinstall opencv-python-headless"
        yield Finding("OpenCV", State.BAD, describe(error), advice)
        return
    builds = [name for name in _OPENCV_BUILDS if _is_installed(name)]
    words = f"{cv2.__version__}, {cv2.getNumThreads()} threads"
    if len(builds) > 1:
        advice = f"pip uninstall {' '.join(builds)}; pip install opencv-python-headless"
        yield Finding("OpenCV", State.WARN, f"{words}; {' and '.join(builds)}", advice)
    else:
        yield Finding("OpenCV", State.OK, ", ".join([words, *builds]))


_OPENCV_BUILDS: Final = (
    "opencv-python-headless",
    "opencv-python",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def _is_installed(name: str) -> bool:
    try:
        version(name)
    except PackageNotFoundError:
        return False
    return True


def codec_findings() -> Iterator[Finding]:
    """Tell whether PyAV reads and writes H.264, and which FFmpeg it has."""
    av = import_module("av")
    encoders = [name for name in ("libx264", "libopenh264", "h264") if _has_codec(av, name, "w")]
    has_decoder = _has_codec(av, "h264", "r")
    words = f"av {av.__version__}"
    if not has_decoder:
        yield Finding("video", State.BAD, f"{words} reads no H.264", "pip install --upgrade av")
    elif not encoders:
        advice = "pip install --upgrade av, or write .webm, or set the option codec"
        yield Finding("video", State.WARN, f"{words} reads H.264 and writes none", advice)
    else:
        yield Finding("video", State.OK, f"{words} reads H.264, and writes it by {encoders[0]}")


def _has_codec(av: Any, name: str, mode: str) -> bool:
    try:
        av.Codec(name, mode)
    except (av.FFmpegError, ValueError):
        return False
    return True


def camera_findings(
    folder: Path = Path("/dev"),
    system: str = sys.platform,
    names: Path = Path("/sys/class/video4linux"),
) -> Iterator[Finding]:
    """Tell which cameras can be opened by number, and what they are called."""
    if not system.startswith("linux"):
        yield Finding(
            "cameras", State.OK, "not looked for; graphflow run pose_tracking_live -i 0 tries"
        )
        return
    cameras = sorted(folder.glob("video[0-9]*"))
    closed = [camera for camera in cameras if not os.access(camera, os.R_OK | os.W_OK)]
    if closed:
        words = f"{', '.join(map(str, closed))} can't be opened by you"
        yield Finding("cameras", State.WARN, words, 'sudo usermod -aG video "$USER", and log in')
    elif cameras:
        words = ", ".join(_with_name(camera, names) for camera in cameras)
        yield Finding("cameras", State.OK, words)
    else:
        yield Finding("cameras", State.OK, "none")


def _with_name(camera: Path, names: Path) -> str:
    try:
        name = (names / camera.name / "name").read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return str(camera)
    return f"{camera} ({name})"


def weight_findings() -> Iterator[Finding]:
    """Tell whether the model files are there and whole."""
    store = default_store()
    for entry in store.manifest.entries:
        status = store.status(entry)
        subject = f"model {entry.name}"
        if status.state is ResourceState.PRESENT:
            yield Finding(subject, State.OK, f"verified, {status.path}")
        elif status.state is ResourceState.CORRUPT:
            advice = f"delete it, and graphflow models fetch {entry.name}"
            yield Finding(subject, State.BAD, f"damaged: {status.path}", advice)
        elif entry.source is None:
            yield Finding(subject, State.OK, "not there; it can't be fetched")
        else:
            yield Finding(
                subject, State.WARN, "not fetched yet", f"graphflow models fetch {entry.name}"
            )


def cache_findings(folder: Path | None = None) -> Iterator[Finding]:
    """Tell whether models can be written to the user's cache."""
    cache = user_cache_folder() if folder is None else folder
    nearest = cache
    while not nearest.exists() and nearest != nearest.parent:
        nearest = nearest.parent
    if nearest.is_dir() and os.access(nearest, os.W_OK | os.X_OK):
        yield Finding("cache", State.OK, f"{cache} can be written")
    else:
        advice = "graphflow models fetch --to FOLDER, and GRAPHFLOW_MODELS=FOLDER"
        yield Finding("cache", State.WARN, f"{cache} can't be written", advice)


def terminal_findings(
    environment: Mapping[str, str] = os.environ,
    encoding: str | None = None,
    is_terminal: bool | None = None,
) -> Iterator[Finding]:
    """Tell whether output is a terminal, in colours, and can show all letters."""
    encoding = encoding or sys.stdout.encoding or "ascii"
    is_terminal = sys.stdout.isatty() if is_terminal is None else is_terminal
    words = f"{environment.get('TERM', 'unknown')}, {encoding}" if is_terminal else encoding
    words = words if is_terminal else f"none (output goes elsewhere), {encoding}"
    if environment.get("NO_COLOR"):
        words += ", NO_COLOR"
    if encoding.lower().replace("-", "") != "utf8":
        yield Finding("terminal", State.WARN, words, "PYTHONUTF8=1 shows all letters")
    else:
        yield Finding("terminal", State.OK, words)
