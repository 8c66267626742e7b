from __future__ import annotations

import pytest

from graphflow.checks.catalogue import CHECKS
from graphflow.checks.results import LOSS
from graphflow.checks.silencing import unsilenced
from graphflow.words.diagnostics import Location

FILE = "graph.yaml"


def left(text: str, line: int) -> list[str]:
    finding = LOSS.found(Location(FILE, line, 5), "packets are lost")
    return [each.code for each in unsilenced([finding], {FILE: text}, CHECKS)]


@pytest.mark.parametrize(
    "comment",
    [
        "# graphflow: ignore[GF030]",
        "#graphflow:ignore[GF030]",
        "# meant so, graphflow: ignore[GF030]",
        "# graphflow: ignore[GF030] because frames are worthless when they are old",
    ],
)
def test_a_comment_on_the_line_silences_it_however_it_is_spaced(comment: str) -> None:
    is_ours = "meant so" not in comment
    assert left(f"node: {comment}\n", 1) == ([] if is_ours else ["GF030"])


def test_comments_above_reach_the_first_line_that_is_none() -> None:
    text = "# graphflow: ignore[GF030]\n# for a reason\nnode:\nother:\n"
    assert left(text, 3) == []
    assert left(text, 4) == ["GF030", "GF090"]


def test_a_comment_after_something_does_not_reach_the_next_line() -> None:
    assert left("a: 1 # graphflow: ignore[GF030]\nb: 2\n", 2) == ["GF030", "GF090"]


def test_a_comment_silences_only_its_codes() -> None:
    assert left("a: 1 # graphflow: ignore[GF031]\n", 1) == ["GF030", "GF090"]


def test_a_comment_in_another_file_silences_nothing_here() -> None:
    finding = LOSS.found(Location("other.yaml", 1, 1), "packets are lost")
    found = unsilenced([finding], {FILE: "a: 1 # graphflow: ignore[GF030]\n"}, CHECKS)
    assert [each.code for each in found] == ["GF030", "GF090"]
