"""A folder of broken graphs beside the exact text of what graphflow says about each."""

from __future__ import annotations

from pathlib import Path

import pytest

from graphflow.loading import load_plan
from graphflow.nodes.registry import Registry
from graphflow.words.errors import ConfigError

FOLDER = Path(__file__).parent / "broken_graphs"
CASES = sorted(path.stem for path in FOLDER.glob("*.expected"))


@pytest.mark.parametrize("name", CASES)
def test_message_is_exactly_as_expected(
    name: str, nodes: Registry, bundled_graphs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(FOLDER)
    with pytest.raises(ConfigError) as raised:
        load_plan(f"{name}.yaml", registry=nodes)
    expected = (FOLDER / f"{name}.expected").read_text(encoding="utf-8")
    assert f"{raised.value}\n" == expected


def test_every_broken_graph_has_its_expected_message() -> None:
    graphs = {path.stem for path in FOLDER.glob("*.yaml") if not path.stem.startswith("inner_")}
    assert graphs == set(CASES)
    assert len(CASES) >= 40
