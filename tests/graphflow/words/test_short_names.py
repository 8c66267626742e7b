from __future__ import annotations

from graphflow.words.short_names import full_name, short_names


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


def test_a_short_name_means_the_only_node_that_ends_so() -> None:
    names = ["source", "a__nms", "b__decode", "a__b__decode", "a__source"]
    assert full_name("nms", names) == "a__nms"
    assert full_name("source", names) == "source"
    assert full_name("decode", names) == "decode"
    assert full_name("missing", names) == "missing"
