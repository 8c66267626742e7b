from __future__ import annotations

from docs.make_checks import PAGE, page_text


def test_the_page_of_checks_is_what_the_checks_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page_text(), "run: python -m docs.make_checks"
