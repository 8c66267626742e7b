"""Pages in a real browser, for tests that look at them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any


@contextmanager
def opened(browser: Any, url: str, **settings: Any) -> Iterator[Any]:
    """Open a page; at the end, see that nothing went wrong in it and it asked nobody else."""
    context = browser.new_context(**{"viewport": {"width": 1300, "height": 900}, **settings})
    page = context.new_page()
    page.set_default_timeout(10_000)
    faults: list[str] = []
    asked: list[str] = []
    page.on("console", lambda message: faults.append(message.text))
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("request", lambda request: asked.append(request.url))
    page.goto(url)
    yield page
    context.close()
    # What a test does to read a pixel is no fault of the page.
    assert [fault for fault in faults if "getImageData" not in fault] == []
    assert [each for each in asked if not each.startswith((url, "data:", "blob:"))] == []


@contextmanager
def shown(browser: Any, path: Path, *, width: int) -> Iterator[Any]:
    """Open a file, without a network; it may ask for nothing but itself."""
    viewport = {"width": width, "height": 900}
    with opened(browser, path.as_uri(), viewport=viewport, offline=True) as page:
        yield page
