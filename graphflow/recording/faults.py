"""What can be wrong with a recording."""

from __future__ import annotations

from typing import Final

from graphflow.words.errors import GraphflowError

INSTALL_HINT: Final = "recordings need more packages: pip install 'graphflow-perception[record]'"


class RecordingError(GraphflowError):
    """A recording can't be written, or can't be read, or is of another graph than asked for."""


class ReplayError(GraphflowError):
    """A replay came to another result than the recorded run."""
