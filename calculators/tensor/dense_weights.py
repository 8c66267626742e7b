"""Write a TFLite model's sparse weights out, where an interpreter would do it more slowly.

Some models keep only the weights that are not zero, and an operator, DENSIFY, that fills them in
while the model is loaded. The interpreter walks each tensor value by value, which takes longer than
all else that it does to load the pose detector. Here numpy does it: the dense weights are added at
the end of the file, each in the place of its sparse ones, and the operators are left out. The
model computes the same, bit for bit.

Field numbers are those of TensorFlow Lite's schema.fbs (version 3).

Source: TensorFlow Lite, tensorflow/lite/kernels/internal/utils/sparsity_format_converter.cc
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from io import BytesIO
from math import prod
from typing import Any, Final, NamedTuple

import numpy as np
import numpy.typing as npt

from calculators.tensor.flatbuffer import FlatbufferError, Table

_IDENTIFIER: Final = b"TFL3"
_MODEL_CODES: Final = 1
_MODEL_SUBGRAPHS: Final = 2
_MODEL_BUFFERS: Final = 4
_GRAPH_TENSORS: Final = 0
_GRAPH_OPERATORS: Final = 3
_BUFFER_BYTES: Final = 0
_TENSOR_SHAPE: Final = 0
_TENSOR_TYPE: Final = 1
_TENSOR_BUFFER: Final = 2
_TENSOR_SPARSITY: Final = 6
_OPERATOR_CODE: Final = 0
_OPERATOR_INPUTS: Final = 1
_OPERATOR_OUTPUTS: Final = 2
_CODE_BUILTIN: Final = 3
_DENSIFY: Final = 124

_SPARSITY_ORDER: Final = 0
_SPARSITY_BLOCKS: Final = 1
_SPARSITY_DIMENSIONS: Final = 2
_DIMENSION_IS_SPARSE: Final = 0
_DIMENSION_SIZE: Final = 1
_DIMENSION_SEGMENTS: Final = 2
_DIMENSION_INDICES: Final = 4
_INDEX_VALUES: Final = 0

_WEIGHT_TYPES: Final[dict[int, np.dtype[Any]]] = {
    0: np.dtype("<f4"),
    1: np.dtype("<f2"),
    9: np.dtype("i1"),
}
_INDEX_TYPES: Final[dict[int, np.dtype[Any]]] = {
    1: np.dtype("<i4"),
    2: np.dtype("<u2"),
    3: np.dtype("u1"),
}

_ALIGNMENT_BYTES: Final = 16
_MODEL_BYTES_MAX: Final = (1 << 31) - 1
"""A flatbuffer can't be longer."""

_Integers = npt.NDArray[np.int32]


class _NotUnderstood(Exception):
    """Something here is not as it is in the models that are known."""


class _Weights(NamedTuple):
    """Sparse weights, and where they are to go.

    Attributes:
        operator: number of the one that fills them in.
        source: number of the tensor that it reads.
        sparse: that tensor.
        dense: the tensor that it makes.
        place: number of the buffer that holds the stored values.
        buffer: that one.
    """

    operator: int
    source: int
    sparse: Table
    dense: Table
    place: int
    buffer: Table

    @property
    def shape(self) -> list[int]:
        found = self.sparse.integers(_TENSOR_SHAPE)
        if min(found, default=0) < 1 or found != self.dense.integers(_TENSOR_SHAPE):
            raise _NotUnderstood
        return found

    @property
    def kind(self) -> np.dtype[Any]:
        found = _WEIGHT_TYPES.get(self.sparse.byte(_TENSOR_TYPE))
        if found is None:
            raise _NotUnderstood
        return found

    @property
    def byte_count(self) -> int:
        """How many bytes they take with their zeros."""
        return prod(self.shape) * self.kind.itemsize

    def within(self, data: memoryview) -> _Weights:
        """Return the same in another copy of the model."""
        sparse, dense, buffer = (
            Table(data, each.position) for each in (self.sparse, self.dense, self.buffer)
        )
        return self._replace(sparse=sparse, dense=dense, buffer=buffer)


def write_out_weights(model: bytes) -> bytes | None:
    """Return the model with dense weights in the place of sparse ones.

    Args:
        model: the content of a .tflite file.

    Returns:
        The content of a larger .tflite file, which computes the same; None if there are no sparse
        weights, or if something about them is not understood: then the interpreter is to see the
        model as it is.
    """
    if model[4:8] != _IDENTIFIER:
        return None
    try:
        return _written_out(model)
    except (FlatbufferError, _NotUnderstood):
        return None


def _written_out(model: bytes) -> bytes | None:
    root = Table.root(memoryview(model))
    if _DENSIFY not in _codes(root) or root.count(_MODEL_SUBGRAPHS) != 1:
        return None
    found = _sparse_weights(root)
    positions, end = [], len(model)
    for each in found:
        # A vector is its length, of four bytes, and then what must be aligned.
        end += -(end + 4) % _ALIGNMENT_BYTES
        positions.append(end)
        end += 4 + each.byte_count
    if end > _MODEL_BYTES_MAX:
        raise _NotUnderstood
    # Its bytes are zeros, can be written to, and are given out without a copy.
    written = BytesIO(bytes(end))
    data = written.getbuffer()
    data[: len(model)] = model
    for each, position in zip(found, positions, strict=True):
        _write(each.within(data), position)
    gone = {each.operator for each in found}
    graph = Table.root(data).tables(_MODEL_SUBGRAPHS)[0]
    kept = [index for index in range(graph.count(_GRAPH_OPERATORS)) if index not in gone]
    graph.keep_tables(_GRAPH_OPERATORS, kept)
    del graph
    data.release()
    return written.getvalue()


def _codes(root: Table) -> list[int]:
    return [code.number(_CODE_BUILTIN) for code in root.tables(_MODEL_CODES)]


def _sparse_weights(root: Table) -> list[_Weights]:
    """Return the sparse weights that operators fill in, and that nothing else reads.

    Raises:
        _NotUnderstood: something else reads some of them.
    """
    (graph,), codes = root.tables(_MODEL_SUBGRAPHS), _codes(root)
    buffers, tensors = root.tables(_MODEL_BUFFERS), graph.tables(_GRAPH_TENSORS)
    found = []
    readers: Counter[int] = Counter()
    for index, operator in enumerate(graph.tables(_GRAPH_OPERATORS)):
        inputs = operator.integers(_OPERATOR_INPUTS)
        readers.update(inputs)
        if codes[operator.number(_OPERATOR_CODE)] == _DENSIFY:
            (source,), (target,) = inputs, operator.integers(_OPERATOR_OUTPUTS)
            place = tensors[source].number(_TENSOR_BUFFER)
            found.append(
                _Weights(index, source, tensors[source], tensors[target], place, buffers[place])
            )
    holders = Counter(tensor.number(_TENSOR_BUFFER) for tensor in tensors)
    if any(readers[each.source] != 1 or holders[each.place] != 1 for each in found):
        raise _NotUnderstood
    return found


def _write(weights: _Weights, position: int) -> None:
    """Write dense weights to a place that is free, and let them be found there."""
    kind, shape = weights.kind, weights.shape
    content = weights.buffer.bytes_of(_BUFFER_BYTES)
    if len(content) % kind.itemsize:
        raise _NotUnderstood
    values = np.frombuffer(content, kind)
    data = weights.buffer.data
    dense = np.frombuffer(data, kind, prod(shape), position + 4)
    dense[_places(weights, len(values))] = values
    data[position : position + 4] = weights.byte_count.to_bytes(4, "little")
    weights.buffer.point(_BUFFER_BYTES, position)
    weights.dense.set_number(_TENSOR_BUFFER, weights.place)


def _places(weights: _Weights, count: int) -> _Integers:
    """Return the place of each stored value in the dense tensor, counted along its rows.

    The values are stored along a tree with a level for each dimension and for each block of it, in
    an order of its own. At a dense level each node has all children, at a sparse one those that
    are listed.

    Args:
        weights: where the tree is described.
        count: how many values are stored.
    """
    shape, sparsity = weights.shape, weights.sparse.table(_TENSOR_SPARSITY)
    if sparsity is None:
        raise _NotUnderstood
    order = sparsity.integers(_SPARSITY_ORDER)
    blocks = sparsity.integers(_SPARSITY_BLOCKS)
    levels = sparsity.tables(_SPARSITY_DIMENSIONS)
    if len(levels) != len(order) or sorted(order) != list(range(len(shape) + len(blocks))):
        raise _NotUnderstood
    sizes = _sizes(shape, blocks, dict(zip(order, levels, strict=True)))
    strides = _strides(shape, blocks, sizes)
    places: _Integers = np.zeros(1, np.int32)
    for dimension, level in zip(order, levels, strict=True):
        size, stride = sizes[dimension], strides[dimension]
        if level.byte(_DIMENSION_IS_SPARSE):
            counts, indices = _listed_children(level, len(places), size)
            places = np.repeat(places, counts)
            places += indices if stride == 1 else indices * np.int32(stride)
        elif size != 1:
            steps = np.arange(size, dtype=np.int32) * np.int32(stride)
            places = (places[:, None] + steps).ravel()
    if len(places) != count:
        raise _NotUnderstood
    return places


def _sizes(shape: Sequence[int], blocks: Sequence[int], levels: dict[int, Table]) -> list[int]:
    """Return how many children a node has where it has all, for each dimension and each block."""
    sizes = list(shape)
    if len(set(blocks)) != len(blocks):
        raise _NotUnderstood
    for position, dimension in enumerate(blocks):
        size = levels[len(shape) + position].number(_DIMENSION_SIZE)
        if not 0 <= dimension < len(shape) or not size or sizes[dimension] % size:
            raise _NotUnderstood
        sizes[dimension] //= size
        sizes.append(size)
    for dimension, level in levels.items():
        is_sparse = level.byte(_DIMENSION_IS_SPARSE)
        if not is_sparse and level.number(_DIMENSION_SIZE) != sizes[dimension]:
            raise _NotUnderstood
    return sizes


def _strides(shape: Sequence[int], blocks: Sequence[int], sizes: Sequence[int]) -> list[int]:
    """Return how far apart neighbours are, for each dimension and each block."""
    strides = [prod(shape[dimension + 1 :]) for dimension in range(len(shape))]
    for position, dimension in enumerate(blocks):
        strides.append(strides[dimension])
        strides[dimension] *= sizes[len(shape) + position]
    return strides


def _listed_children(
    level: Table, nodes: int, size: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[Any]]:
    """Return how many children each node has at a sparse level, and which they are."""
    segments = _listed(level, _DIMENSION_SEGMENTS).astype(np.int64)
    indices = _listed(level, _DIMENSION_INDICES)
    if len(segments) != nodes + 1 or segments[0] != 0 or segments[-1] != len(indices):
        raise _NotUnderstood
    counts = np.diff(segments)
    if np.any(counts < 0) or (indices.size and not 0 <= indices.min() <= indices.max() < size):
        raise _NotUnderstood
    return counts, indices


def _listed(level: Table, field: int) -> npt.NDArray[Any]:
    """Return a view of a union of vectors of integers; the field after tells where they are."""
    kind, vector = _INDEX_TYPES.get(level.byte(field)), level.table(field + 1)
    if kind is None or vector is None:
        raise _NotUnderstood
    return vector.items(_INDEX_VALUES, kind)
