"""Check that a TFLite model is whole, for a runtime that would crash on one that is not.

This walks the tables an interpreter reads first. It finds files that are cut off or are something
else; it does not find every flipped bit (a manifest's SHA-256 does).

Field numbers are those of TensorFlow Lite's schema.fbs (version 3).
"""

from __future__ import annotations

from calculators.tensor.flatbuffer import FlatbufferError, Table

_IDENTIFIER = b"TFL3"
_SUPPORTED_VERSION = 3

_MODEL_VERSION = 0
_MODEL_CODES = 1
_MODEL_SUBGRAPHS = 2
_MODEL_BUFFERS = 4
_BUFFER_BYTES = 0
_GRAPH_TENSORS = 0
_GRAPH_INPUTS = 1
_GRAPH_OUTPUTS = 2
_GRAPH_OPERATORS = 3
_TENSOR_SHAPE = 0
_TENSOR_BUFFER = 2
_OPERATOR_CODE = 0
_OPERATOR_INPUTS = 1
_OPERATOR_OUTPUTS = 2
_ABSENT = -1


def check_model(model: bytes) -> None:
    """Walk a model's tables.

    Args:
        model: the content of a .tflite file.

    Raises:
        FlatbufferError: it is no TFLite model, is cut off, or points outside itself.
    """
    if model[4:8] != _IDENTIFIER:
        raise FlatbufferError("not a TFLite model: found no identifier TFL3")
    root = Table.root(bytearray(model))
    version = root.number(_MODEL_VERSION)
    if version != _SUPPORTED_VERSION:
        raise FlatbufferError(f"found schema version {version}; expected {_SUPPORTED_VERSION}")
    buffers = root.tables(_MODEL_BUFFERS)
    for buffer in buffers:
        buffer.byte_count(_BUFFER_BYTES)
    code_count = len(root.tables(_MODEL_CODES))
    for graph in root.tables(_MODEL_SUBGRAPHS):
        _check_subgraph(graph, len(buffers), code_count)


def _check_subgraph(graph: Table, buffer_count: int, code_count: int) -> None:
    tensors = graph.tables(_GRAPH_TENSORS)
    for tensor in tensors:
        tensor.integers(_TENSOR_SHAPE)
        _check_index("buffer", tensor.number(_TENSOR_BUFFER), buffer_count)
    used = graph.integers(_GRAPH_INPUTS) + graph.integers(_GRAPH_OUTPUTS)
    for operator in graph.tables(_GRAPH_OPERATORS):
        _check_index("operator code", operator.number(_OPERATOR_CODE), code_count)
        used += operator.integers(_OPERATOR_INPUTS) + operator.integers(_OPERATOR_OUTPUTS)
    for index in used:
        if index != _ABSENT:
            _check_index("tensor", index, len(tensors))


def _check_index(kind: str, index: int, count: int) -> None:
    if not 0 <= index < count:
        raise FlatbufferError(f"{kind} {index} is used; there are {count}")
