from __future__ import annotations

import gc
from pathlib import Path
from typing import Any

import pytest

from graphflow import loading
from graphflow.config.graph_config import Connection, GraphConfig, Named, NodeConfig
from graphflow.loading import find_graph, load_plan, plan_from_config, plan_from_text
from graphflow.nodes import registry as registries
from graphflow.nodes.registry import Registry
from graphflow.words.bundle import bundled_folder
from graphflow.words.errors import ConfigError

MIRROR = "{input_stream: a, node: {calculator: MirrorCalculator, input_stream: a}}"


def test_existing_path_is_taken(tmp_path: Path, bundled_graphs: Path) -> None:
    (tmp_path / "pose.yaml").write_text(MIRROR, encoding="utf-8")
    (bundled_graphs / "pose.yaml").write_text(MIRROR, encoding="utf-8")
    assert find_graph(tmp_path / "pose.yaml") == tmp_path / "pose.yaml"


@pytest.mark.parametrize("name", ["pose", "pose.yaml"])
def test_bundled_graph_is_found_by_name(name: str, bundled_graphs: Path) -> None:
    (bundled_graphs / "pose.yaml").write_text(MIRROR, encoding="utf-8")
    assert find_graph(name) == bundled_graphs / "pose.yaml"


def test_bundled_graph_is_not_found_in_another_folder(bundled_graphs: Path) -> None:
    (bundled_graphs / "pose.yaml").write_text(MIRROR, encoding="utf-8")
    with pytest.raises(ConfigError) as raised:
        find_graph("nowhere/pose.yaml")
    assert str(raised.value) == (
        'nowhere/pose.yaml: there is no such graph file\n  hint: did you mean "pose.yaml"?\n1 fault'
    )


def test_misspelt_graph_is_suggested(tmp_path: Path, bundled_graphs: Path) -> None:
    (bundled_graphs / "pose_tracking.yaml").write_text(MIRROR, encoding="utf-8")
    (tmp_path / "hands.yaml").write_text(MIRROR, encoding="utf-8")
    with pytest.raises(ConfigError, match='did you mean "pose_tracking"'):
        find_graph("pose_trackin")
    with pytest.raises(ConfigError, match=r'did you mean "hands\.yaml"'):
        find_graph(tmp_path / "hand.yaml")
    with pytest.raises(ConfigError, match="a folder, no graph file"):
        find_graph(tmp_path)


def test_missing_bundled_folder_does_not_hinder_other_graphs(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: Registry
) -> None:
    def missing(name: str) -> Path:
        raise FileNotFoundError(name)

    monkeypatch.setattr("graphflow.config.library.bundled_folder", missing)
    (tmp_path / "a.yaml").write_text(MIRROR, encoding="utf-8")
    assert load_plan(tmp_path / "a.yaml", registry=nodes).nodes[0].name == "MirrorCalculator"
    with pytest.raises(ConfigError, match="there is no such graph file"):
        find_graph("pose_trackin")


def test_file_that_can_not_be_read_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, nodes: Registry
) -> None:
    path = tmp_path / "a.yaml"
    path.write_text(MIRROR, encoding="utf-8")

    def refuse(self: Path, mode: str) -> str:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "open", refuse)
    with pytest.raises(ConfigError) as raised:
        load_plan(path, registry=nodes)
    assert str(raised.value) == f"{path}: the file can't be read: Permission denied\n1 fault"


def test_graph_in_code_is_loaded_like_text(nodes: Registry) -> None:
    mapping = {
        "input_stream": ["image"],
        "output_stream": "found",
        "input_side_packet": [{"name": "model", "type": "string", "default": "m"}],
        "node": [
            {
                "calculator": "DetectCalculator",
                "input_stream": ["IMAGE:image"],
                "output_stream": ["DETECTIONS:found"],
                "input_side_packet": ["MODEL:model"],
                "options": {"min_score": 0.25, "strides": (4, 8), "crop": {"keep": False}},
            }
        ],
    }
    plan = plan_from_config(mapping, registry=nodes)
    options = plan.nodes[0].options
    assert options.model_dump(include={"min_score", "strides"}) == {
        "min_score": 0.25,
        "strides": (4, 8),
    }
    assert plan.side_packets["model"].default == "m"
    assert [plan.streams[at].name for at in plan.outputs] == ["found"]


def test_faults_of_a_graph_in_code_are_told(nodes: Registry) -> None:
    mapping = {
        "output_stream": "b",
        "node": {"calculator": "NeedyCalculator", "options": {"side_px": "3"}},
    }
    with pytest.raises(ConfigError) as raised:
        plan_from_config(mapping, registry=nodes)
    assert str(raised.value).splitlines() == [
        'graph: nothing produces stream "b"',
        '  hint: if it comes from outside, list it under the graph\'s "input_stream"',
        'graph: node "NeedyCalculator" lacks required input without a tag',
        "  found no inputs; expected one without a tag",
        'graph: option "side_px" of node "NeedyCalculator"',
        '  found text "3"; expected an integer above 0 and below 100',
        "  hint: numbers are written without quotes",
        "3 faults",
    ]


def test_typed_config_is_loaded(nodes: Registry) -> None:
    a = Connection("", 0, "a", "a")
    node = NodeConfig(Named("MirrorCalculator"), "mirror", "mirror", inputs=(a,))
    plan = plan_from_config(GraphConfig(inputs=(a,), nodes=(node,)), registry=nodes)
    assert [each.name for each in plan.nodes] == ["mirror"]
    with pytest.raises(ConfigError, match='nothing produces stream "a"'):
        plan_from_config(GraphConfig(nodes=(node,)), registry=nodes)


def test_plugins_are_imported_only_for_the_global_registry(
    monkeypatch: pytest.MonkeyPatch, nodes: Registry, bundled_graphs: Path
) -> None:
    calls = []
    monkeypatch.setattr(registries, "load_plugins", lambda: calls.append("loaded"))
    monkeypatch.setattr(loading, "import_module", calls.append)
    plan_from_text(MIRROR, registry=nodes)
    assert calls == []


def test_checkout_without_entry_point_imports_its_calculators(
    monkeypatch: pytest.MonkeyPatch, bundled_graphs: Path
) -> None:
    calls: list[str] = []
    empty = Registry()
    monkeypatch.setattr(registries, "load_plugins", lambda: None)
    monkeypatch.setattr(registries, "registry", empty)
    monkeypatch.setattr(loading, "import_module", calls.append)
    with pytest.raises(ConfigError, match='unknown calculator "MirrorCalculator"'):
        plan_from_text(MIRROR, registry=empty)
    assert calls == ["calculators.all_nodes"]


def test_every_bundled_graph_loads() -> None:
    graphs = sorted(bundled_folder("graphs").glob("*.yaml"))
    assert graphs
    for path in graphs:
        assert load_plan(path).nodes, path


class Spy(Registry):
    """A registry that is empty, and notes whether cycles are searched while it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[bool] = []

    def get(self, name: str) -> Any:
        self.seen.append(gc.isenabled())
        return super().get(name)


def test_no_cycles_are_searched_while_a_graph_is_loaded(tmp_path: Path) -> None:
    (tmp_path / "a.yaml").write_text(MIRROR, encoding="utf-8")
    spy = Spy()
    with pytest.raises(ConfigError):
        load_plan(tmp_path / "a.yaml", registry=spy)
    assert spy.seen
    assert not any(spy.seen)
    assert gc.isenabled()


def test_the_search_for_cycles_stays_off_if_it_was(tmp_path: Path, nodes: Registry) -> None:
    (tmp_path / "a.yaml").write_text(MIRROR, encoding="utf-8")
    gc.disable()
    try:
        load_plan(tmp_path / "a.yaml", registry=nodes)
        assert not gc.isenabled()
    finally:
        gc.enable()
