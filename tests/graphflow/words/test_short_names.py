from __future__ import annotations

from graphflow.words.short_names import short_names


def test_names_are_cut_to_the_end_that_tells_them_apart() -> None:
    names = ["source", "a__nms", "b__decode", "a__b__decode", "a__c__decode", "x__source"]
    assert short_names(names) == {
        "source": "source",
        "a__nms": "nms",
        "b__decode": "b__decode",
        "a__b__decode": "a__b__decode",
        "a__c__decode": "c__decode",
        "x__source": "x__source",
    }
