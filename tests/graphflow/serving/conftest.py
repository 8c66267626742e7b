"""Tests of the server need its extra; without it there is nothing to collect here."""

from __future__ import annotations

from importlib.util import find_spec

collect_ignore_glob = [] if find_spec("aiohttp") else ["test_*.py"]
