from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from calculators.tensor.dense_weights import write_out_weights
from calculators.tensor.flatbuffer import Table
from calculators.tensor.interpreter import Model, load_runtime
from graphflow.nodes.resources import ResourceMissing, default_store
from graphflow.words.bundle import bundled_folder

flatbuffers: Any = pytest.importorskip("flatbuffers", reason="LiteRT brings it")
schema: Any = pytest.importorskip("ai_edge_litert.schema_py_generated")

Array = np.ndarray[Any, Any]

DENSE, CSR = 0, 1
SUBGRAPHS, OPERATORS = 2, 3
INDEX_KINDS = (("Int32Vector", 1), ("Uint16Vector", 2), ("Uint8Vector", 3))


class Encoding:
    """Weights as TensorFlow Lite stores sparse ones: a slow, plain writer of the format."""

    def __init__(
        self,
        weights: Array,
        formats: Sequence[int],
        order: Sequence[int] | None = None,
        blocks: dict[int, int] | None = None,
    ) -> None:
        """Encode.

        Args:
            weights: the dense tensor.
            formats: of each level, DENSE or CSR.
            order: the dimensions, and after them the blocks, in the order of the levels.
            blocks: size of a block by dimension.
        """
        self.weights, self.formats = weights, formats
        self.blocks = blocks or {}
        self.order = list(order or range(weights.ndim + len(self.blocks)))
        sizes = [size // self.blocks.get(i, 1) for i, size in enumerate(weights.shape)]
        self.sizes = [*sizes, *self.blocks.values()]
        self.segments: list[list[int]] = [[0] for _ in self.order]
        self.indices: list[list[int]] = [[] for _ in self.order]
        self.values: list[float] = []
        self._walk(0, {})

    def _walk(self, level: int, at: dict[int, int]) -> None:
        if level == len(self.order):
            self.values.append(self._subtree(at).item())
            return
        dimension = self.order[level]
        for child in range(self.sizes[dimension]):
            there = {**at, dimension: child}
            if self.formats[level] == DENSE:
                self._walk(level + 1, there)
            elif np.any(self._subtree(there)):
                self.indices[level].append(child)
                self._walk(level + 1, there)
        if self.formats[level] == CSR:
            self.segments[level].append(len(self.indices[level]))

    def _subtree(self, at: dict[int, int]) -> Array:
        ndim = self.weights.ndim
        split = [
            part
            for i, size in enumerate(self.weights.shape)
            for part in ((size // self.blocks[i], self.blocks[i]) if i in self.blocks else (size,))
        ]
        names = [
            name
            for i in range(ndim)
            for name in ((i, ndim + list(self.blocks).index(i)) if i in self.blocks else (i,))
        ]
        index = tuple(at.get(name, slice(None)) for name in names)
        part: Array = self.weights.reshape(split)[index]
        return part

    def parameters(self, index_kind: int = 0) -> Any:
        """Return schema's SparsityParametersT."""
        sparsity = schema.SparsityParametersT()
        sparsity.traversalOrder, sparsity.blockMap = self.order, list(self.blocks)
        sparsity.dimMetadata = []
        for level, dimension in enumerate(self.order):
            metadata = schema.DimensionMetadataT()
            metadata.format = self.formats[level]
            if self.formats[level] == DENSE:
                metadata.denseSize = self.sizes[dimension]
            else:
                name, kind = INDEX_KINDS[index_kind]
                for field, values in (
                    ("arraySegments", self.segments[level]),
                    ("arrayIndices", self.indices[level]),
                ):
                    vector = getattr(schema, f"{name}T")()
                    vector.values = list(values)
                    setattr(metadata, field, vector)
                    setattr(metadata, f"{field}Type", kind)
            sparsity.dimMetadata.append(metadata)
        return sparsity


def tensor_of(name: str, shape: Sequence[int], buffer: int, kind: int = 0) -> Any:
    tensor = schema.TensorT()
    tensor.name, tensor.shape, tensor.buffer, tensor.type = name, list(shape), buffer, kind
    return tensor


def operator_of(code: int, inputs: Sequence[int], outputs: Sequence[int]) -> Any:
    operator = schema.OperatorT()
    operator.opcodeIndex, operator.inputs, operator.outputs = code, list(inputs), list(outputs)
    return operator


def model_of(encoding: Encoding, index_kind: int = 0, *, is_read_twice: bool = False) -> bytes:
    """Return a model that adds the weights to its input."""
    shape = encoding.weights.shape
    model, graph = schema.ModelT(), schema.SubGraphT()
    model.version, model.operatorCodes, model.buffers = 3, [], []
    for builtin in (schema.BuiltinOperator.DENSIFY, schema.BuiltinOperator.ADD):
        code = schema.OperatorCodeT()
        code.builtinCode, code.deprecatedBuiltinCode, code.version = builtin, min(builtin, 127), 1
        model.operatorCodes.append(code)
    contents = (None, None, np.array(encoding.values, np.float32), None, None)
    for content in contents:
        buffer = schema.BufferT()
        buffer.data = None if content is None else list(content.tobytes())
        model.buffers.append(buffer)
    graph.tensors = [
        tensor_of(name, shape, buffer + 1)
        for buffer, name in enumerate(("input", "sparse", "dense", "output"))
    ]
    graph.tensors[1].sparsity = encoding.parameters(index_kind)
    graph.inputs, graph.outputs = [0], [3]
    add = operator_of(1, [0, 1 if is_read_twice else 2], [3])
    add.builtinOptionsType, add.builtinOptions = (
        schema.BuiltinOptions.AddOptions,
        schema.AddOptionsT(),
    )
    graph.operators = [operator_of(0, [1], [2]), add]
    model.subgraphs = [graph]
    builder = flatbuffers.Builder(1024)
    builder.Finish(model.Pack(builder), b"TFL3")
    return bytes(builder.Output())


def run(content: bytes, value: Array) -> Array:
    interpreter = load_runtime().interpreter(model_content=content, num_threads=1)
    interpreter.allocate_tensors()
    interpreter.set_tensor(interpreter.get_input_details()[0]["index"], value)
    interpreter.invoke()
    result: Array = interpreter.get_tensor(interpreter.get_output_details()[0]["index"])
    return result


def operator_count(model: bytes) -> int:
    return Table.root(bytearray(model)).tables(SUBGRAPHS)[0].count(OPERATORS)


def weights_of(shape: Sequence[int], seed: int = 3) -> Array:
    generator = np.random.default_rng(seed)
    values = generator.standard_normal(shape).astype(np.float32)
    return np.where(generator.random(shape) < 0.3, values, np.float32(0))


ENCODINGS = {
    "rows of sparse columns": Encoding(weights_of((4, 6)), (DENSE, CSR)),
    "all dense": Encoding(weights_of((4, 6)), (DENSE, DENSE)),
    "all sparse": Encoding(weights_of((4, 6)), (CSR, CSR)),
    "four dimensions": Encoding(weights_of((3, 1, 1, 8)), (DENSE, DENSE, DENSE, CSR)),
    "columns first": Encoding(weights_of((4, 6)), (DENSE, CSR), order=(1, 0)),
    "in blocks": Encoding(weights_of((4, 8)), (DENSE, CSR, DENSE, DENSE), blocks={0: 2, 1: 4}),
    "in blocks of columns": Encoding(weights_of((4, 8)), (DENSE, CSR, DENSE), blocks={1: 4}),
    "blocks in another order": Encoding(
        weights_of((4, 8)), (CSR, DENSE, DENSE, DENSE), order=(1, 0, 3, 2), blocks={0: 2, 1: 4}
    ),
    "sparse zeros": Encoding(np.zeros((2, 3), np.float32), (CSR, CSR)),
    "nothing but zeros": Encoding(np.zeros((2, 3), np.float32), (DENSE, CSR)),
}


@pytest.mark.parametrize("encoding", ENCODINGS.values(), ids=ENCODINGS)
@pytest.mark.parametrize("index_kind", range(len(INDEX_KINDS)))
def test_each_weight_comes_to_its_place(encoding: Encoding, index_kind: int) -> None:
    written = write_out_weights(model_of(encoding, index_kind))
    assert written is not None
    assert operator_count(written) == 1
    value = np.arange(encoding.weights.size, dtype=np.float32).reshape(encoding.weights.shape)
    assert np.array_equal(run(written, value), value + encoding.weights)


def test_the_interpreter_makes_the_same_of_the_sparse_ones() -> None:
    encoding = ENCODINGS["rows of sparse columns"]
    value = np.ones(encoding.weights.shape, np.float32)
    assert np.array_equal(run(model_of(encoding), value), value + encoding.weights)


def test_the_given_bytes_stay_as_they_are() -> None:
    content = model_of(ENCODINGS["in blocks"])
    before = bytes(bytearray(content))
    write_out_weights(content)
    assert content == before


def test_a_model_without_sparse_weights_is_left_alone() -> None:
    content = (bundled_folder("models") / "test_two_outputs.tflite").read_bytes()
    assert write_out_weights(content) is None


def test_weights_that_an_operator_takes_sparse_are_left_alone() -> None:
    assert write_out_weights(model_of(ENCODINGS["all dense"], is_read_twice=True)) is None


@pytest.mark.parametrize(
    "damage",
    [
        lambda encoding: encoding.indices[1].__setitem__(0, 6),
        lambda encoding: encoding.indices[1].__setitem__(0, -1),
        lambda encoding: encoding.indices[1].pop(),
        lambda encoding: encoding.segments[1].pop(),
        lambda encoding: encoding.segments[1].__setitem__(1, 99),
        lambda encoding: encoding.segments[1].__setitem__(0, 1),
        lambda encoding: encoding.values.pop(),
        lambda encoding: encoding.order.__setitem__(0, 1),
        lambda encoding: encoding.sizes.__setitem__(0, 3),
    ],
    ids=[
        "index beyond",
        "index below",
        "index missing",
        "segment missing",
        "segment beyond",
        "first segment",
        "value missing",
        "dimension twice",
        "size",
    ],
)
def test_what_contradicts_itself_is_left_to_the_interpreter(damage: Any) -> None:
    encoding = Encoding(weights_of((4, 6)), (DENSE, CSR))
    assert write_out_weights(model_of(encoding)) is not None
    damage(encoding)
    assert write_out_weights(model_of(encoding)) is None


def test_no_file_cut_short_is_taken_for_a_whole_one() -> None:
    content = model_of(ENCODINGS["in blocks"])
    for length in range(0, len(content) - 16, 4):
        assert write_out_weights(content[:length]) is None


def test_the_pose_detector_computes_the_same(tmp_path: Path) -> None:
    try:
        path = default_store().find("pose_detection")
    except ResourceMissing:
        pytest.skip("the detector is fetched, not bundled")
    content = path.read_bytes()
    written = write_out_weights(content)
    assert written is not None
    value = np.random.default_rng(5).random((1, 224, 224, 3), np.float32)
    target = tmp_path / "dense.tflite"
    target.write_bytes(written)
    assert np.array_equal(run(content, value), Model(target).invoke([value])[0])
