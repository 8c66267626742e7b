from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from graphflow import fetch as fetching
from graphflow.commands.needed_files import provide_files, resource_names
from graphflow.nodes.calculator import Calculator
from graphflow.nodes.options import NoOptions, Options
from graphflow.nodes.resources import (
    Resource,
    ResourceCorrupt,
    ResourceManifest,
    ResourceMissing,
    ResourceStore,
)
from graphflow.plan import NodePlan, Plan

CONTENT = b"weights"
MANIFEST = f"""
resource:
  - name: net
    file: net.bin
    sha256: {hashlib.sha256(CONTENT).hexdigest()}
    size: {len(CONTENT)}
    licence: Apache-2.0
    source: {{package: p, version: "1", member: net.bin, python_version: "3", implementation: cp,
             abi: none, platform: any}}
"""


class ModelOptions(Options):
    model_path: Resource = ""
    other: str = "no resource"


class Node(Calculator[ModelOptions]):
    pass


def plan(*names: str) -> Plan:
    options = [NoOptions(), *(ModelOptions(model_path=name) for name in names)]
    nodes = [NodePlan(f"n{at}", Node, options=each) for at, each in enumerate(options)]
    return Plan(nodes=tuple(nodes), streams=())


@pytest.fixture
def store(tmp_path: Path) -> ResourceStore:
    path = tmp_path / "manifest.yaml"
    path.write_text(MANIFEST, encoding="utf-8")
    return ResourceStore([tmp_path], ResourceManifest(path))


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Names that were fetched, in place of the network."""
    names: list[str] = []

    def fake(store: Any, entries: Any, destination: Any, **more: Any) -> None:
        names.extend(entry.name for entry in entries)

    monkeypatch.setattr(fetching, "fetch", fake)
    return names


def provide(plan: Plan, store: ResourceStore, *, may_fetch: bool = True) -> None:
    provide_files(plan, may_fetch=may_fetch, say=lambda text: None, store=store)


def test_only_options_marked_as_resources_count() -> None:
    assert list(resource_names(plan("net", ""))) == ["net"]


def test_what_is_there_is_not_fetched(
    store: ResourceStore, tmp_path: Path, fetched: list[str]
) -> None:
    (tmp_path / "net.bin").write_bytes(CONTENT)
    provide(plan("net"), store)
    assert fetched == []


def test_what_is_missing_is_fetched_once(store: ResourceStore, fetched: list[str]) -> None:
    provide(plan("net", "net"), store)
    assert fetched == ["net"]


def test_offline_nothing_is_fetched_and_the_command_is_named(
    store: ResourceStore, fetched: list[str]
) -> None:
    with pytest.raises(ResourceMissing, match="graphflow models fetch"):
        provide(plan("net"), store, may_fetch=False)
    assert fetched == []


def test_a_file_that_no_manifest_lists_cannot_be_fetched(
    store: ResourceStore, fetched: list[str]
) -> None:
    with pytest.raises(ResourceMissing, match=r'"my\.tflite" is missing'):
        provide(plan("my.tflite"), store)
    assert fetched == []


def test_a_damaged_file_is_not_replaced_unasked(
    store: ResourceStore, tmp_path: Path, fetched: list[str]
) -> None:
    (tmp_path / "net.bin").write_bytes(b"garbage")
    with pytest.raises(ResourceCorrupt):
        provide(plan("net"), store)
    assert fetched == []
