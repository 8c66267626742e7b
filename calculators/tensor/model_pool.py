"""Models kept between runs: a service that lends each loaded model to one node at a time.

Finding, verifying, pruning and loading the two models of the pose graph takes longer than five of
its frames. A graph keeps this pool, so that clip after clip is run on the same interpreters.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import Final

from calculators.tensor.interpreter import Model
from graphflow import Service
from graphflow.nodes.resources import default_store
from graphflow.words.quick_dataclass import dataclass

KEPT_MAX: Final = 8
"""So many models are kept while no node has them; the one given back longest ago goes first."""


@dataclass(frozen=True)
class _Key:
    """What tells one loaded model from another.

    Attributes:
        state: of the file; another one where its content was changed.
    """

    path: Path
    state: tuple[int, ...]
    threads: int
    outputs: tuple[int, ...] | None


@dataclass(frozen=True, eq=False)
class Loan:
    """A model that one node has until it gives it back."""

    model: Model
    key: _Key


class ModelPool:
    """Loaded models that no node has at present, to be lent again.

    Several threads may use it at once: what is in the list is changed by single calls of it alone,
    which are atomic, and who removes a loan from it has it.
    """

    def __init__(self) -> None:
        self._store = default_store()
        self._kept: list[Loan] = []

    def find(self, name: str | Path) -> Path:
        """Return a model's file, verified if it is a known one; see `ResourceStore.find`."""
        return self._store.find(name)

    def borrow(self, path: Path, threads: int, outputs: list[int] | None) -> Loan:
        """Lend a model that is loaded, or load it.

        Args:
            path: a .tflite file; if it has changed since, it is loaded anew.
            threads: see `Model`.
            outputs: see `Model`.

        Raises:
            ModelError: the model can't be loaded.
            ValueError: `threads` or `outputs` is out of range.
        """
        wanted = None if outputs is None else tuple(outputs)
        key = _Key(path.resolve(), _state_of(path), threads, wanted)
        for loan in tuple(self._kept):
            if loan.key == key:
                with suppress(ValueError):  # another thread has just taken it
                    self._kept.remove(loan)
                    return loan
            elif loan.key.path == key.path and loan.key.state != key.state:
                with suppress(ValueError):
                    self._kept.remove(loan)
        return Loan(Model(path, threads, outputs), key)

    def give_back(self, loan: Loan) -> None:
        """Take a model back; it is kept, unless a run of it has failed."""
        if loan.model.is_sound:
            loan.model.reset_variables()
            self._kept.append(loan)
            del self._kept[:-KEPT_MAX]


MODELS: Final = Service("models", default=ModelPool)


def _state_of(path: Path) -> tuple[int, ...]:
    """Tell one state of a file from another without reading it; () where there is none."""
    try:
        status = path.stat()
    except OSError:  # told when it is loaded
        return ()
    return (status.st_dev, status.st_ino, status.st_mtime_ns, status.st_size)
