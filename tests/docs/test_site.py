"""The site builds without a warning, and its pages ask no other site for anything."""

from __future__ import annotations

import re
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

for library in ("sphinx", "myst_parser", "furo"):
    pytest.importorskip(library, reason="the site's generator is an extra: pip install .[docs]")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def site(repository: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site")
    options = ["-W", "--keep-going", "-n", "-q", "-d", str(folder / "trees")]
    build = subprocess.run(
        [sys.executable, "-m", "sphinx", *options, "docs", str(folder / "html")],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert build.returncode == 0, build.stderr
    return folder / "html"


class Addresses(HTMLParser):
    """What a page loads, where it leads, and what can be led to."""

    def __init__(self, page: Path) -> None:
        super().__init__()
        self.loads: list[str] = []
        self.leads: list[str] = []
        self.anchors: set[str] = set()
        self.feed(page.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        found = {name: value for name, value in attributes if value is not None}
        self.anchors |= {found[name] for name in ("id", "name") if name in found}
        if "src" in found or tag == "link":
            self.loads.append(found.get("src") or found.get("href", ""))
        elif tag == "a" and "href" in found:
            self.leads.append(found["href"])


def pages_of(site: Path) -> dict[Path, Addresses]:
    return {page: Addresses(page) for page in site.rglob("*.html")}


def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    for page, addresses in pages_of(site).items():
        foreign = [each for each in addresses.loads if urlsplit(each).netloc]
        assert foreign == [], page
    styles = [path.read_text("utf-8") for path in site.rglob("*.css")]
    assert not any(re.search(r"(@import|url\()\s*[\"']?(https?:)?//", each) for each in styles)


def test_every_link_within_the_site_leads_somewhere(site: Path) -> None:
    pages = pages_of(site)
    for page, addresses in pages.items():
        for lead in addresses.leads:
            parts = urlsplit(lead)
            if parts.scheme or parts.netloc or page.name in ("genindex.html", "search.html"):
                continue
            target = (page.parent / unquote(parts.path)).resolve() if parts.path else page
            assert target.is_file(), f"{page}: {lead}"
            if parts.fragment and target in pages:
                assert unquote(parts.fragment) in pages[target].anchors, f"{page}: {lead}"


def test_a_calculator_named_in_a_guide_leads_to_its_page(site: Path) -> None:
    text = (site / "graphs.html").read_text(encoding="utf-8")
    assert 'href="reference/FlowLimiterCalculator.html"' in text
