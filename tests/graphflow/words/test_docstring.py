"""Docstrings: what their Google sections say of each name."""

from __future__ import annotations

from graphflow.words.docstring import documented_names, section, without_sections

DOC = """Add.

    Args:
        a, b: what to add,
            in metres: both.
        *rest: more.
        unit (str): of the result.

    Returns:
        The sum,
        rounded.

    Raises:
        ValueError: never.
    """


def test_each_name_of_a_section_has_its_words_in_one_line() -> None:
    assert documented_names(DOC, "Args") == {
        "a": "what to add, in metres: both",
        "b": "what to add, in metres: both",
        "rest": "more",
        "unit": "of the result",
    }


def test_a_section_ends_where_the_next_begins() -> None:
    assert section(DOC, "Returns") == "The sum,\nrounded."


def test_sections_are_left_out_with_all_their_lines() -> None:
    assert without_sections(DOC, ("Args", "Returns")) == "Add.\n\nRaises:\n    ValueError: never."
    assert without_sections("Add.\n\nArgs:\n    a: it.\n\nMore.", ("Args",)) == "Add.\n\nMore."
    assert without_sections(None, ("Args",)) == ""


def test_nothing_is_said_where_there_is_no_section() -> None:
    assert section(DOC, "Attributes") == ""
    assert section(None, "Args") == ""
    assert documented_names("Args: none of them", "Args") == {}
