"""`graphflow run --watch`: what the table says, and when it is drawn."""

from __future__ import annotations

import io
from pathlib import Path

import click.testing
import pytest
from rich.console import Console
from rich.table import Table

from graphflow.cli import cli
from graphflow.commands.watch import LOOK_SECONDS, Watch, table_of
from graphflow.running.snapshot import NodeSnapshot, QueueLength, Snapshot
from tests.graphflow.command_line import COUNT

EARLIER = NodeSnapshot("a__slow", 10, 1.0, "open", (QueueLength(":0", 0, 100, 5),))
SLOW = NodeSnapshot(
    *("a__slow", 30, 2.5, "open"),
    (QueueLength("IMAGE", 7, 100, 900), QueueLength("ROI", 0, 0, 600)),
    "waits for roi (bound 600)",
)
DONE_NODE = NodeSnapshot("source", 50, 1.0, "closed", ())


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def text_of(table: Table) -> list[list[str]]:
    console = Console(file=io.StringIO(), width=200)
    with console.capture() as captured:
        console.print(table)
    return [line.split() for line in captured.get().splitlines()]


def test_a_row_says_what_a_node_did_since_the_last_look_and_what_it_waits_for() -> None:
    table = table_of(Snapshot((DONE_NODE, SLOW), ()), {"a__slow": EARLIER}, seconds=2.0)
    assert text_of(table)[1] == (
        ["slow", "30", "10.0", "75%", "7/100", "0", "600", *SLOW.wait.split()]
    )


def test_a_closed_node_without_inputs_has_no_bound() -> None:
    assert text_of(table_of(Snapshot((DONE_NODE,), ()), {}, 10.0))[1] == (
        ["source", "50", "5.0", "10%", "closed"]
    )


def test_the_busiest_come_first_and_what_does_not_fit_is_counted() -> None:
    table = table_of(Snapshot((DONE_NODE, SLOW), ()), {}, 1.0, rows_max=1)
    rows = text_of(table)
    assert rows[1][0] == "slow"
    assert rows[2] == ["and", "1", "more"]


def test_the_graph_is_looked_at_a_few_times_a_second() -> None:
    now, looks = 0.0, 0

    def look() -> Snapshot:
        nonlocal looks
        looks += 1
        return Snapshot((SLOW,), ())

    stream = Terminal()
    with Watch(stream, look, is_live=True, clock=lambda: now) as watch:
        for _ in range(100):
            now += LOOK_SECONDS / 10
            watch.show(3, 9)
        assert 9 <= looks <= 10
        watch.say("a [line] that stays")
    assert "a [line] that stays" in stream.getvalue()
    assert "3/9 frames" in stream.getvalue()


def test_once_writes_one_plain_table_at_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "count.yaml").write_text(COUNT, encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    runner = click.testing.CliRunner()
    result = runner.invoke(cli, ["run", "count.yaml", "--watch", "--once"])
    assert result.exit_code == 0
    rows = {line.split()[0]: line.split() for line in result.stderr.splitlines()}
    assert rows["node"] == ["node", "calls", "a", "second", "busy", "queues", "bound", "state"]
    assert rows["pass"][1] == "5"
    assert rows["pass"][-3:] == ["0/100", "DONE", "closed"]
    assert "\x1b" not in result.stderr


def test_once_without_watch_is_refused() -> None:
    result = click.testing.CliRunner().invoke(cli, ["run", "pose_tracking", "--once"])
    assert result.exit_code == 2
    assert "--watch" in result.stderr
