"""`graphflow doctor`: what it finds, how bad that is, and what it advises."""

from __future__ import annotations

import json
from importlib import import_module
from importlib.metadata import PackageNotFoundError, entry_points
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from click.testing import CliRunner

from graphflow.cli import cli
from graphflow.commands import doctor as command
from graphflow.commands import examination
from graphflow.commands.examination import Finding, State
from graphflow.nodes.resources import ResourceState
from graphflow.words.errors import ContractError, GraphflowError

OK, WARN, BAD = State.OK, State.WARN, State.BAD


def states(findings: Any) -> list[State]:
    return [finding.state for finding in findings]


@pytest.mark.parametrize(
    ("found", "state"),
    [((3, 9, 18), BAD), ((3, 10, 0), OK), ((3, 13, 9), OK), ((3, 14, 0), WARN)],
)
def test_a_python_is_held_to_those_tested(found: tuple[int, ...], state: State) -> None:
    python, platform = examination.python_findings(found)
    assert python.state is state
    assert bool(python.advice) is (state is not OK)
    assert platform.state is OK


def installed(name: str) -> str:
    versions = {"numpy": "2.1.0", "pydantic": "2.9.3", "click": "8.2.1rc1", "rich": "odd"}
    if name not in versions:
        raise PackageNotFoundError(name)
    return versions[name]


@pytest.mark.parametrize(
    ("requirement", "state", "advice"),
    [
        ("numpy>=1.26", OK, ""),
        ("numpy", OK, ""),
        ("click>=8.2.1", OK, ""),
        ("pydantic>=2.10", BAD, "pip install --upgrade 'pydantic>=2.10'"),
        ("av>=15.1", BAD, "pip install 'av>=15.1'"),
        ("pygraphviz>=2.0; extra == 'draw'", OK, ""),
        ('pygraphviz>=2.0; python_version > "3" and extra == "draw"', OK, ""),
    ],
)
def test_a_package_is_held_to_its_lower_bound(requirement: str, state: State, advice: str) -> None:
    (finding,) = examination.package_findings([requirement], installed)
    assert (finding.state, finding.advice) == (state, advice)


def test_extras_for_developers_are_no_matter_for_users() -> None:
    assert list(examination.package_findings(['pytest>=8; extra == "test"'], installed)) == []


def test_an_extra_that_is_not_there_says_how_to_get_it() -> None:
    (finding,) = examination.package_findings(["resvg-py; extra == 'draw'"], installed)
    assert "pip install 'graphflow-perception[draw]'" in finding.found


def test_a_package_for_newer_pythons_is_not_missed() -> None:
    text = "rerun-sdk>=0.41; python_version >= '9.1' and extra == 'rerun'"
    (finding,) = examination.package_findings([text], installed)
    assert (finding.state, finding.found) == (OK, "for Python 9.1 and later")


def test_a_plugin_that_fails_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail() -> None:
        raise ContractError('entry point "x" can\'t be imported\n  hint: mend x')

    monkeypatch.setattr("graphflow.nodes.registry.load_plugins", fail)
    (finding,) = examination.plugin_findings()
    assert finding == Finding("calculators", BAD, 'entry point "x" can\'t be imported', "mend x")


def instead(monkeypatch: pytest.MonkeyPatch, **modules: Any) -> None:
    """Put other modules in the place of those that a question imports."""

    def fake(name: str) -> Any:
        made = modules.get(name.rpartition(".")[2])
        if isinstance(made, Exception):
            raise made
        return made or import_module(name)

    monkeypatch.setattr(examination, "import_module", fake)


def test_a_runtime_that_is_not_there_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    def load_runtime() -> None:
        raise GraphflowError("no TFLite runtime")

    instead(monkeypatch, interpreter=SimpleNamespace(load_runtime=load_runtime))
    (finding,) = examination.runtime_findings()
    assert (finding.state, finding.advice) == (BAD, "pip install ai-edge-litert")


def test_an_opencv_that_can_not_be_imported_is_bad(monkeypatch: pytest.MonkeyPatch) -> None:
    instead(monkeypatch, cv2=ImportError("libGL.so.1: cannot open shared object file"))
    (finding,) = examination.opencv_findings()
    assert finding.state is BAD and "libGL.so.1" in finding.found


def test_two_builds_of_opencv_are_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(examination, "_is_installed", lambda name: "contrib" not in name)
    (finding,) = examination.opencv_findings()
    assert finding.state is WARN
    assert finding.found.endswith("opencv-python-headless and opencv-python")


@pytest.mark.parametrize(
    ("known", "state"),
    [
        ({("h264", "r"), ("libx264", "w")}, OK),
        ({("h264", "r"), ("libopenh264", "w")}, OK),
        ({("h264", "r")}, WARN),
        ({("libx264", "w")}, BAD),
    ],
)
def test_codecs_are_tried(
    monkeypatch: pytest.MonkeyPatch, known: set[tuple[str, str]], state: State
) -> None:
    def codec(name: str, mode: str) -> None:
        if (name, mode) not in known:
            raise ValueError(name)

    av = SimpleNamespace(Codec=codec, FFmpegError=OSError, __version__="1.0")
    instead(monkeypatch, av=av)
    assert states(examination.codec_findings()) == [state]


def test_cameras_are_those_of_the_machine(tmp_path: Path) -> None:
    (none,) = examination.camera_findings(tmp_path, "linux")
    assert (none.state, none.found) == (OK, "none")
    (tmp_path / "video0").touch()
    (one,) = examination.camera_findings(tmp_path, "linux")
    assert (one.state, one.found) == (OK, str(tmp_path / "video0"))
    (tmp_path / "names" / "video0").mkdir(parents=True)
    (tmp_path / "names" / "video0" / "name").write_text("Integrated Camera\n", encoding="utf-8")
    (named,) = examination.camera_findings(tmp_path, "linux", tmp_path / "names")
    assert named.found == f"{tmp_path / 'video0'} (Integrated Camera)"
    (elsewhere,) = examination.camera_findings(tmp_path, "darwin")
    assert elsewhere.found.startswith("not looked for")


def test_a_camera_that_is_closed_to_the_user_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "video0").touch()
    monkeypatch.setattr("graphflow.commands.examination.os.access", lambda path, mode: False)
    (finding,) = examination.camera_findings(tmp_path, "linux")
    assert finding.state is WARN and "usermod -aG video" in finding.advice


@pytest.mark.parametrize(
    ("state", "source", "expected", "advice"),
    [
        (ResourceState.PRESENT, "wheel", OK, ""),
        (ResourceState.MISSING, "wheel", WARN, "graphflow models fetch pose"),
        (ResourceState.MISSING, None, OK, ""),
        (ResourceState.CORRUPT, "wheel", BAD, "delete it, and graphflow models fetch pose"),
    ],
)
def test_weights_are_verified(
    monkeypatch: pytest.MonkeyPatch,
    state: ResourceState,
    source: str | None,
    expected: State,
    advice: str,
) -> None:
    entry = SimpleNamespace(name="pose", source=source)
    status = SimpleNamespace(state=state, path=Path("pose.tflite"))
    store = SimpleNamespace(manifest=SimpleNamespace(entries=[entry]), status=lambda each: status)
    monkeypatch.setattr(examination, "default_store", lambda: store)
    (finding,) = examination.weight_findings()
    assert (finding.state, finding.advice) == (expected, advice)


def test_a_cache_that_is_not_there_yet_is_asked_of_the_folder_above(tmp_path: Path) -> None:
    assert states(examination.cache_findings(tmp_path / "a" / "b")) == [OK]
    (tmp_path / "file").touch()
    assert states(examination.cache_findings(tmp_path / "file")) == [WARN]
    assert not (tmp_path / "a").exists()


@pytest.mark.parametrize(
    ("encoding", "state"), [("utf-8", OK), ("UTF8", OK), ("cp1252", WARN), ("ascii", WARN)]
)
def test_a_terminal_must_show_all_letters(encoding: str, state: State) -> None:
    assert states(examination.terminal_findings({"TERM": "xterm"}, encoding, True)) == [state]


def test_no_color_is_told() -> None:
    (finding,) = examination.terminal_findings({"NO_COLOR": "1"}, "utf-8", False)
    assert finding.found == "none (output goes elsewhere), utf-8, NO_COLOR"


def test_a_question_that_breaks_is_a_finding(monkeypatch: pytest.MonkeyPatch) -> None:
    def broken() -> Any:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(examination, "default_store", broken)
    found = {finding.subject: finding for finding in examination.examine()}
    assert found["weight"].state is BAD
    assert found["weight"].found == "can't be told: Input/output error"


def run(monkeypatch: pytest.MonkeyPatch, findings: list[Finding], *arguments: str) -> Any:
    monkeypatch.setattr(command, "examine", lambda: iter(findings))
    return CliRunner().invoke(cli, ["doctor", *arguments])


def test_each_finding_is_a_line_and_its_advice_another(monkeypatch: pytest.MonkeyPatch) -> None:
    findings = [Finding("Python", OK, "3.12"), Finding("cache", WARN, "closed", "open it")]
    result = run(monkeypatch, findings)
    assert result.exit_code == 0
    assert result.stdout.splitlines() == [
        "ok    Python  3.12",
        "warn  cache   closed",
        "              -> open it",
    ]


def test_something_bad_makes_it_exit_1(monkeypatch: pytest.MonkeyPatch) -> None:
    result = run(monkeypatch, [Finding("av", BAD, "not installed", "pip install av")], "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "is_healthy": False,
        "findings": [
            {
                "subject": "av",
                "state": "bad",
                "found": "not installed",
                "advice": "pip install av",
            }
        ],
    }


def test_this_installation_is_healthy() -> None:
    result = CliRunner().invoke(cli, ["doctor", "--json"])
    found = json.loads(result.stdout)
    assert [row for row in found["findings"] if row["state"] == "bad"] == []
    assert entry_points(group="graphflow.calculators")
