from __future__ import annotations

import pytest

from graphflow.config.stream_names import (
    NameFault,
    camel_case,
    did_you_mean,
    parse_connection,
    parse_reference,
    snake_case,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("name", ("", None, "name")),
        ("_n4me", ("", None, "_n4me")),
        ("TAG:name", ("TAG", 0, "name")),
        ("TAG:0:name", ("TAG", 0, "name")),
        ("T_1:10000:name", ("T_1", 10000, "name")),
    ],
)
def test_connection_has_tag_index_and_name(text: str, parts: tuple[str, int | None, str]) -> None:
    assert parse_connection(text) == parts


@pytest.mark.parametrize(
    "text",
    ["", ":", "A:", ":a", "A::a", "A:1:b:c", "A:-1:a", "A:00:a", "A:10001:a", "1:a", "a-b", "A:é"],
)
def test_connection_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(NameFault):
        parse_connection(text)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("image:image", 'tags are written in capitals: "IMAGE"'),
        ("IMAGE:PoseRect", 'names are written in lower case: "pose_rect"'),
        ("IMAGE:a-b", "a name has lower-case letters, digits and underscores, and no digit first"),
        ("I-E:a", "a tag has capitals, digits and underscores, and no digit first"),
    ],
)
def test_refusal_says_what_to_write(text: str, hint: str) -> None:
    with pytest.raises(NameFault) as raised:
        parse_connection(text)
    assert str(raised.value) == hint


@pytest.mark.parametrize(
    ("text", "key"), [("", ("", 0)), (":2", ("", 2)), ("LOOP", ("LOOP", 0)), ("A:3", ("A", 3))]
)
def test_reference_names_a_port(text: str, key: tuple[str, int]) -> None:
    assert parse_reference(text) == key


@pytest.mark.parametrize("text", ["loop", "A:", "A:x", ":"])
def test_reference_outside_the_grammar_is_refused(text: str) -> None:
    with pytest.raises(NameFault):
        parse_reference(text)


@pytest.mark.parametrize(
    ("camel", "snake"),
    [
        ("PoseDetectionCpu", "pose_detection_cpu"),
        ("PoseLandmarkByRoiCpu", "pose_landmark_by_roi_cpu"),
        ("HTTPSource", "http_source"),
        ("already_snake", "already_snake"),
    ],
)
def test_graph_type_has_a_file_name(camel: str, snake: str) -> None:
    assert snake_case(camel) == snake


def test_file_name_has_a_graph_type() -> None:
    assert camel_case("pose_detection_cpu") == "PoseDetectionCpu"


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("GateCalculater", 'did you mean "GateCalculator"?'),
        ("Gate", 'did you mean "GateCalculator"?'),
        ("gatecalculator", 'did you mean "GateCalculator"?'),
        ("Zebra", ""),
    ],
)
def test_only_the_nearest_names_are_suggested(word: str, hint: str) -> None:
    assert did_you_mean(word, ["GateCalculator", "MergeCalculator", "SameCalculator"]) == hint
    assert did_you_mean(word, []) == ""
