"""Run TFLite models: the one place that knows which runtime is installed.

Two packages offer the same `Interpreter`: `ai_edge_litert` (maintained, the default) and
`tflite_runtime` (its predecessor). The first that can be imported is used; the environment
variable GRAPHFLOW_RUNTIME chooses one by name. Both run floating-point models through XNNPACK by
default, and both release Python's global lock while a model runs.
"""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from importlib import import_module
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from calculators.tensor.dense_weights import write_out_weights
from calculators.tensor.flatbuffer import FlatbufferError
from calculators.tensor.model_check import check_model
from calculators.tensor.prune import PruneError, prune_outputs
from graphflow.words.errors import GraphflowError
from graphflow.words.quick_dataclass import dataclass

RUNTIMES = ("ai_edge_litert", "tflite_runtime")
RUNTIME_VARIABLE = "GRAPHFLOW_RUNTIME"
# The others read a damaged file as it is, which ends the process instead of raising.
_VERIFYING_RUNTIMES = ("ai_edge_litert",)

Array = npt.NDArray[Any]


class ModelError(GraphflowError):
    """A model cannot be loaded or run; the text is meant for the user."""


class _Interpreter(Protocol):
    """What is used of the runtimes' `Interpreter`."""

    def allocate_tensors(self) -> None: ...

    def get_input_details(self) -> list[dict[str, Any]]: ...

    def get_output_details(self) -> list[dict[str, Any]]: ...

    def set_tensor(self, tensor_index: int, value: Array) -> None: ...

    def get_tensor(self, tensor_index: int) -> Array: ...

    def tensor(self, tensor_index: int) -> Any: ...

    def invoke(self) -> None: ...

    def reset_all_variables(self) -> None: ...


@dataclass(frozen=True)
class Runtime:
    """An importable runtime: its package name and its `Interpreter` class."""

    name: str
    interpreter: Any


@dataclass(frozen=True)
class TensorDetail:
    """An input or output of a model; a dimension of -1 in `shape` is not fixed."""

    name: str
    shape: tuple[int, ...]
    dtype: np.dtype[Any]
    index: int

    def __str__(self) -> str:
        return f'"{self.name}" {self.shape} {self.dtype}'


def load_runtime(environment: Mapping[str, str] = os.environ) -> Runtime:
    """Import a TFLite runtime.

    Args:
        environment: where GRAPHFLOW_RUNTIME may name one of `RUNTIMES`.

    Raises:
        ModelError: none can be imported, or the name is unknown.
    """
    wished = environment.get(RUNTIME_VARIABLE)
    if wished and wished not in RUNTIMES:
        raise ModelError(
            f'{RUNTIME_VARIABLE}: unknown runtime "{wished}"\n  expected one of {_listed(RUNTIMES)}'
        )
    failures = []
    for name in (wished,) if wished else RUNTIMES:
        try:
            return Runtime(name, import_module(f"{name}.interpreter").Interpreter)
        except ImportError as fault:
            failures.append(f"  {name}: {fault}")
    raise ModelError(
        "no TFLite runtime can be imported\n"
        + "\n".join(failures)
        + "\n  hint: pip install ai-edge-litert"
    )


class Model:
    """One model, ready to run; not for use by two threads at once.

    Attributes:
        path: the model file.
        runtime: name of the package that runs it.
        input_details: what `invoke` takes, in order.
        output_details: what `invoke` returns, in order.
        is_pruned: whether operators that feed only unwanted outputs were dropped.
        is_sound: whether every run of it so far went well.
    """

    def __init__(
        self, path: str | Path, threads: int = 1, outputs: Sequence[int] | None = None
    ) -> None:
        """Load a model.

        Args:
            path: a .tflite file.
            threads: processor threads for one invocation, at least 1.
            outputs: positions of the wanted outputs in the model's list, in the order wanted;
                the model is pruned to what they need. None means all of them.

        Raises:
            ModelError: no runtime is installed, or the file is missing or no usable model.
            ValueError: `threads` or `outputs` is out of range.
        """
        if threads < 1:
            raise ValueError(f"threads: found {threads}; expected at least 1")
        self.path = Path(path)
        runtime = load_runtime()
        self.runtime = runtime.name
        content = _read(self.path)
        pruned = None if outputs is None else _try_prune(content, outputs)
        self.is_pruned = pruned is not None
        self.is_sound = True
        content = pruned or content
        content = write_out_weights(content) or content
        self._interpreter = _create(runtime, content, self.path, threads)
        self.input_details = _details(self._interpreter.get_input_details())
        details = _details(self._interpreter.get_output_details())
        if outputs is None or self.is_pruned:
            self.output_details = details
        else:
            self.output_details = _select(details, outputs)

    def input_view(self, position: int) -> Array:
        """Return the interpreter's own input buffer, to be filled before `invoke(None)`.

        This saves one copy of the input. The array must be gone (`del`, or out of scope) before
        the model runs, for the runtime may move its memory; `invoke` refuses while one is alive.

        Args:
            position: which input.

        Returns:
            A writable view with that input's shape and dtype. Its content is undefined after
            a run: fill all of it each time.
        """
        view: Array = self._interpreter.tensor(self.input_details[position].index)()
        return view

    def invoke(self, tensors: Sequence[Array] | None) -> tuple[Array, ...]:
        """Run the model once. Other Python threads run meanwhile.

        Args:
            tensors: one array for each input, of exactly its shape and dtype; they are copied.
                None if all inputs were written through `input_view`.

        Returns:
            One new array for each output; the caller owns them.

        Raises:
            ValueError: number, shape or dtype of the tensors is wrong.
            ModelError: the runtime failed, or an input view is still alive.
        """
        if tensors is not None:
            self._check(tensors)
            for detail, tensor in zip(self.input_details, tensors, strict=True):
                self._interpreter.set_tensor(detail.index, tensor)
        self.is_sound = False
        try:
            self._interpreter.invoke()
        except (RuntimeError, ValueError) as fault:
            raise ModelError(f"{self.path}: the model failed: {fault}") from fault
        results = tuple(
            self._interpreter.get_tensor(detail.index) for detail in self.output_details
        )
        self.is_sound = True
        return results

    def reset_variables(self) -> None:
        """Set what the model remembers from run to run, if anything, to how it was when loaded."""
        self._interpreter.reset_all_variables()

    def _check(self, tensors: Sequence[Array]) -> None:
        if len(tensors) != len(self.input_details):
            raise ValueError(
                f"{self.path.name}: found {len(tensors)} tensors; "
                f"expected {len(self.input_details)}"
            )
        for position, (detail, tensor) in enumerate(zip(self.input_details, tensors, strict=True)):
            if tensor.shape != detail.shape or tensor.dtype != detail.dtype:
                raise ValueError(
                    f"{self.path.name}: input {position}: found {tensor.shape} {tensor.dtype}; "
                    f"expected {detail}"
                )


def _read(path: Path) -> bytes:
    try:
        content = path.read_bytes()
    except OSError as fault:
        raise ModelError(f"{path}: cannot read the model: {fault.strerror}") from fault
    if not content:
        raise ModelError(f"{path}: the file is empty; expected a .tflite model")
    return content


def _try_prune(content: bytes, outputs: Sequence[int]) -> bytes | None:
    """Return the pruned model, or None for the rare model that must run whole."""
    try:
        return prune_outputs(content, outputs)
    except PruneError:
        return None


def _create(runtime: Runtime, content: bytes, path: Path, threads: int) -> _Interpreter:
    try:
        if runtime.name not in _VERIFYING_RUNTIMES:
            check_model(content)
        interpreter: _Interpreter = runtime.interpreter(model_content=content, num_threads=threads)
        interpreter.allocate_tensors()
    except (RuntimeError, ValueError, FlatbufferError) as fault:
        raise ModelError(
            f"{path}: cannot be loaded by {runtime.name}: {str(fault).strip() or 'no reason given'}"
            "\n  hint: it should be a whole .tflite file"
        ) from fault
    return interpreter


def _details(described: Sequence[dict[str, Any]]) -> tuple[TensorDetail, ...]:
    return tuple(
        TensorDetail(
            str(one["name"]),
            tuple(int(size) for size in one["shape"]),
            np.dtype(one["dtype"]),
            int(one["index"]),
        )
        for one in described
    )


def _select(details: Sequence[TensorDetail], outputs: Sequence[int]) -> tuple[TensorDetail, ...]:
    if not all(0 <= position < len(details) for position in outputs):
        raise ValueError(
            f"outputs: found {list(outputs)}; expected positions from 0 to {len(details) - 1}"
        )
    return tuple(details[position] for position in outputs)


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f'"{name}"' for name in names)
