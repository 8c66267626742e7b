from __future__ import annotations

import hashlib
import json
import signal
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from graphflow.commands import models as commands
from graphflow.nodes.resources import ResourceManifest, ResourceStore

CONTENT = b"weights"
MANIFEST = f"""
resource:
  - name: thing
    file: thing.tflite
    sha256: {hashlib.sha256(CONTENT).hexdigest()}
    size: {len(CONTENT)}
    licence: Apache-2.0
    source: {{package: there, version: "1.0", member: there/thing.tflite, python_version: "3.11",
      implementation: cp, abi: cp311, platform: any}}
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "manifest.yaml").write_text(MANIFEST)
    folder = tmp_path / "models"
    folder.mkdir()
    monkeypatch.setenv("GRAPHFLOW_MODELS", str(folder))
    manifest = ResourceManifest(tmp_path / "manifest.yaml")
    monkeypatch.setattr(commands, "default_store", lambda: ResourceStore([folder], manifest))
    return folder


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "there-1.0.whl"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("there/thing.tflite", CONTENT)
    return path


def run(*arguments: str) -> Result:
    return CliRunner().invoke(commands.models, arguments)


def test_list_shows_each_state(folder: Path) -> None:
    assert run("list").output.split() == [
        *("thing", "7", "bytes", "missing", "Apache-2.0", "run:", "graphflow", "models", "fetch")
    ]
    path = folder / "thing.tflite"
    path.write_bytes(b"?")
    assert "corrupt" in run("list").output
    path.write_bytes(CONTENT)
    result = run("list")
    assert result.exit_code == 0
    assert f"present  Apache-2.0  {path}" in result.output


def test_list_as_json(folder: Path) -> None:
    (missing,) = json.loads(run("list", "--json").stdout)["models"]
    assert (missing["state"], missing["path"]) == ("missing", None)
    assert "graphflow models fetch" in missing["problem"]
    (folder / "thing.tflite").write_bytes(CONTENT)
    (present,) = json.loads(run("list", "--json").stdout)["models"]
    assert present == {
        "name": "thing",
        "file": "thing.tflite",
        "size": 7,
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
        "licence": "Apache-2.0",
        "state": "present",
        "path": str(folder / "thing.tflite"),
    }


def test_verify_passes_what_is_whole(folder: Path) -> None:
    (folder / "thing.tflite").write_bytes(CONTENT)
    result = run("verify")
    assert (result.exit_code, result.stderr) == (0, "")
    assert result.stdout == f"thing: whole, {folder / 'thing.tflite'}\n"


def test_verify_fails_on_what_is_not(folder: Path) -> None:
    result = run("verify", "thing")
    assert (result.exit_code, result.stdout) == (1, "")
    assert 'file "thing" is missing' in result.stderr
    (folder / "thing.tflite").write_bytes(b"weightS")
    result = run("verify", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["models"][0]["state"] == "corrupt"


def test_fetch_puts_the_model_where_graphs_look(folder: Path, wheel: Path) -> None:
    result = run("fetch", "--wheel", str(wheel))
    assert result.exit_code == 0, result.output
    assert (folder / "thing.tflite").read_bytes() == CONTENT
    assert result.stdout == ""
    assert "thing: verified, 7 bytes" in result.stderr


def test_fetch_into_another_folder(folder: Path, wheel: Path, tmp_path: Path) -> None:
    (folder / "thing.tflite").write_bytes(CONTENT)
    result = run("fetch", "--wheel", str(wheel), "--to", str(tmp_path / "other"))
    assert result.exit_code == 0, result.output
    assert (tmp_path / "other" / "thing.tflite").read_bytes() == CONTENT


def test_a_terminated_fetch_leaves_nothing_behind(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = signal.getsignal(signal.SIGTERM)

    def terminated(*arguments: object, **options: object) -> None:
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr(commands, "fetch", terminated)
    result = run("fetch")
    assert (result.exit_code, result.stderr.strip()) == (1, "Aborted!")
    assert signal.getsignal(signal.SIGTERM) == before


def test_a_failed_fetch_exits_1_without_a_traceback(folder: Path, wheel: Path) -> None:
    wheel.write_bytes(b"no zip")
    result = run("fetch", "--wheel", str(wheel))
    assert result.exit_code == 1
    assert result.stderr.startswith("Error: there-1.0.whl: is not a whole wheel")


@pytest.mark.parametrize("command", ["fetch", "verify"])
def test_an_unknown_name_is_a_usage_error(folder: Path, command: str) -> None:
    result = run(command, "thnig")
    assert result.exit_code == 2
    assert 'no model is called "thnig"\n  hint: there are thing' in result.stderr


def test_an_unknown_option_is_a_usage_error(folder: Path) -> None:
    assert run("list", "--yaml").exit_code == 2


def test_a_broken_manifest_is_told(folder: Path) -> None:
    (folder.parent / "manifest.yaml").write_text("nothing: here")
    result = run("list")
    assert result.exit_code == 1
    assert 'found no list "resource"' in result.stderr
