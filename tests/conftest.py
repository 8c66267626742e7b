"""What all tests share."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from graphflow.nodes.registry import load_plugins

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session", autouse=True)
def _node_library() -> None:
    """Register the node library once, before a test puts another registry in its place."""
    load_plugins()


@pytest.fixture(scope="session")
def repository() -> Path:
    return REPOSITORY


@pytest.fixture(scope="session")
def shared_media() -> Path:
    """Folder of third-party clips and stills on a developer's machine."""
    folder = Path(os.environ.get("GRAPHFLOW_MEDIA", REPOSITORY.parent / "shared" / "media"))
    if not folder.is_dir():
        pytest.skip(f"no development media in {folder} (GRAPHFLOW_MEDIA names another folder)")
    return folder
