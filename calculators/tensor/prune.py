"""Drop unused outputs of a TFLite model, with every operator that feeds only them.

What nobody asked for should cost nothing. The model is edited where it lies: the vector of
operators and the vector of outputs become shorter, and no other byte moves. So weights keep their
alignment, sparsity, quantization, external offsets and order, the kept outputs stay equal bit for
bit, and the edit takes about a millisecond. Tensors and buffers that nothing uses any more remain
in the file; an interpreter allocates and packs only what its operators use.

Field numbers are those of TensorFlow Lite's schema.fbs (version 3).
"""

from __future__ import annotations

from collections.abc import Sequence
from io import BytesIO

from calculators.tensor.flatbuffer import FlatbufferError, Table

_IDENTIFIER = b"TFL3"

_MODEL_SUBGRAPHS = 2
_MODEL_METADATA = 6
_MODEL_SIGNATURES = 7
_MODEL_EXTERNAL_BUFFERS = 9
_GRAPH_INPUTS = 1
_GRAPH_OUTPUTS = 2
_GRAPH_OPERATORS = 3
_OPERATOR_CODE = 0
_OPERATOR_INPUTS = 1
_OPERATOR_OUTPUTS = 2
_OPERATOR_INTERMEDIATES = 8
_METADATA_NAME = 0
_SIGNATURE_OUTPUTS = 1
_TENSOR_MAP_TENSOR = 1

_Operator = tuple[int, list[int], list[int], list[int]]


class PruneError(Exception):
    """The model cannot be pruned; it can still be run whole."""


def prune_outputs(model: bytes, keep: Sequence[int]) -> bytes:
    """Return the model with only the outputs `keep`, in that order.

    Args:
        model: the content of a .tflite file.
        keep: positions in the model's list of outputs, no position twice.

    Returns:
        The content of a .tflite file of the same length. Inputs are unchanged. The outputs kept
        are equal, bit for bit, to those of `model` on the same inputs.

    Raises:
        PruneError: the bytes are no TFLite model; or it has control flow (several subgraphs),
            control dependencies or external weights, whose meaning could change.
        ValueError: `keep` is empty, repeats itself or names an output that is not there.
    """
    if model[4:8] != _IDENTIFIER:
        raise PruneError("not a TFLite model: found no identifier TFL3")
    try:
        # It copies the model once, to be written to, and gives that out without a copy.
        edited = BytesIO(model)
        data = edited.getbuffer()
        _prune(data, keep)
        data.release()
        return edited.getvalue()
    except FlatbufferError as fault:
        raise PruneError(f"not a whole TFLite model: {fault}") from fault


def _prune(data: memoryview, keep: Sequence[int]) -> None:
    root = Table.root(data)
    graph = _only_subgraph(root)
    outputs = graph.integers(_GRAPH_OUTPUTS)
    if not outputs:
        raise PruneError("the model has no outputs")
    _check_keep(keep, len(outputs))
    kept_outputs = [outputs[position] for position in keep]
    operators = _operators(graph)
    needed = _needed(operators, kept_outputs)
    expected = [operators[index] for index in needed]

    graph.keep_integers(_GRAPH_OUTPUTS, kept_outputs)
    graph.keep_tables(_GRAPH_OPERATORS, needed)
    _prune_signatures(root, kept_outputs)
    # A writer may let two fields share one vector; shortening it would then damage an operator.
    if _operators(graph) != expected or graph.integers(_GRAPH_OUTPUTS) != kept_outputs:
        raise PruneError("the model shares vectors between its tables")


def _only_subgraph(root: Table) -> Table:
    graphs = root.tables(_MODEL_SUBGRAPHS)
    if len(graphs) != 1:
        raise PruneError(f"found {len(graphs)} subgraphs; only models with one can be pruned")
    if root.tables(_MODEL_EXTERNAL_BUFFERS):
        raise PruneError("the model keeps weights in another file")
    names = [entry.text(_METADATA_NAME) for entry in root.tables(_MODEL_METADATA)]
    if "model_control_dependencies" in names:
        raise PruneError("the model orders operators by control dependencies")
    return graphs[0]


def _check_keep(keep: Sequence[int], count: int) -> None:
    if not keep or len(set(keep)) != len(keep) or not all(0 <= place < count for place in keep):
        raise ValueError(
            f"outputs to keep: found {list(keep)}; "
            f"expected different positions from 0 to {count - 1}, at least one"
        )


def _operators(graph: Table) -> list[_Operator]:
    """Return code, inputs, outputs and intermediates (tensor indices) of every operator."""
    return [
        (
            operator.number(_OPERATOR_CODE),
            operator.integers(_OPERATOR_INPUTS),
            operator.integers(_OPERATOR_OUTPUTS),
            operator.integers(_OPERATOR_INTERMEDIATES),
        )
        for operator in graph.tables(_GRAPH_OPERATORS)
    ]


def _needed(operators: Sequence[_Operator], outputs: Sequence[int]) -> list[int]:
    """Return the indices of the operators that the output tensors depend on, ascending.

    Operators are stored in the order they run, so one pass from the end suffices. One without
    outputs runs for its effect (it assigns a variable, say) and stays.
    """
    wanted = set(outputs)
    kept = []
    for index in range(len(operators) - 1, -1, -1):
        _, inputs, produced, intermediates = operators[index]
        if not produced or not wanted.isdisjoint(produced):
            wanted.update(inputs, intermediates)
            kept.append(index)
    return kept[::-1]


def _prune_signatures(root: Table, kept_outputs: Sequence[int]) -> None:
    for signature in root.tables(_MODEL_SIGNATURES):
        named = signature.tables(_SIGNATURE_OUTPUTS)
        places = [
            place
            for place, entry in enumerate(named)
            if entry.number(_TENSOR_MAP_TENSOR) in kept_outputs
        ]
        if len(places) < len(named):
            signature.keep_tables(_SIGNATURE_OUTPUTS, places)
