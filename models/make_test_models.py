"""Write the small models that the tests use. Run: python models/make_test_models.py.

They are built with the object API of the TFLite schema that `ai_edge_litert` carries; all weights
are formulas or seeded, so the same numbers come out each time.

`test_pose_2020.tflite` has the input and the output of the 2020 BlazePose model card: an RGB crop
[1, 256, 256, 3] in 0..1, and [1, 99] = 33 times x, y (pixels of the crop, 0..255) and visibility
(a logit). Inside it finds the centre of brightness and draws a standing figure around it; the
brighter the crop, the more visible the figure.

`test_two_outputs.tflite` has two outputs that share one operator, for the pruning tests.
"""

from __future__ import annotations

from importlib import import_module
from pathlib import Path
from typing import Any

import flatbuffers
import numpy as np
import numpy.typing as npt

schema: Any = import_module("ai_edge_litert.schema_py_generated")

FOLDER = Path(__file__).resolve().parent
FloatArray = npt.NDArray[np.float32]

CROP_PX = 256
GRID = 8
CELL_PX = CROP_PX // GRID
# Sharpness of the search for the brightest cells: brightness differences are multiplied by it.
SOFTMAX_BETA = 12.0
# How far the figure follows the centre of brightness, so that it stays inside the crop.
FOLLOW = 0.35

# A standing figure, BlazePose's 33 points; pixels from the crop's centre, y down.
# fmt: off
FIGURE_PX = (
    (0, -80), (3, -84), (5, -84), (7, -84), (-3, -84), (-5, -84), (-7, -84), (10, -82),
    (-10, -82), (4, -75), (-4, -75), (20, -58), (-20, -58), (27, -32), (-27, -32), (30, -8),
    (-30, -8), (32, 0), (-32, 0), (31, 2), (-31, 2), (28, -1), (-28, -1), (12, -2), (-12, -2),
    (13, 35), (-13, 35), (13, 68), (-13, 68), (10, 73), (-10, 73), (18, 76), (-18, 76),
)
# fmt: on


class AlignedBuffer(schema.BufferT):  # type: ignore[misc]
    """A buffer whose bytes start at a multiple of 16, as the schema demands of them."""

    def Pack(self, builder: Any) -> Any:  # noqa: N802 - the name the generated code calls
        """Write the buffer; the generated method leaves the alignment out."""
        place = None
        if self.data is not None:
            builder.StartVector(1, len(self.data), 16)
            for byte in reversed(bytes(self.data)):
                builder.PrependByte(byte)
            place = builder.EndVector()
        schema.BufferStart(builder)
        if place is not None:
            schema.BufferAddData(builder, place)
        return schema.BufferEnd(builder)


class ModelWriter:
    """Collects tensors and operators of one subgraph."""

    def __init__(self) -> None:
        self.model = schema.ModelT()
        self.model.version = 3
        self.model.operatorCodes = []
        # The schema's convention: buffer 0 is empty, for tensors without constant content.
        self.model.buffers = [AlignedBuffer()]
        self.graph = schema.SubGraphT()
        self.graph.tensors = []
        self.graph.operators = []

    def tensor(self, name: str, shape: list[int], content: npt.NDArray[Any] | None = None) -> int:
        """Add a tensor, float32 unless its constant content says int32; return its index."""
        tensor = schema.TensorT()
        tensor.name = name
        tensor.shape = shape
        is_integer = content is not None and content.dtype == np.int32
        tensor.type = schema.TensorType.INT32 if is_integer else schema.TensorType.FLOAT32
        tensor.buffer = 0
        if content is not None:
            buffer = AlignedBuffer()
            buffer.data = np.frombuffer(content.tobytes(), np.uint8)
            tensor.buffer = len(self.model.buffers)
            self.model.buffers.append(buffer)
        self.graph.tensors.append(tensor)
        return len(self.graph.tensors) - 1

    def constant(self, name: str, content: npt.NDArray[Any]) -> int:
        """Add a constant tensor; return its index."""
        return self.tensor(name, list(content.shape), content)

    def operator(self, kind: str, inputs: list[int], output: int, **options: Any) -> None:
        """Add an operator, named as in the schema ("Conv2D"), with the fields of its options."""
        codes = {"Conv2D": "CONV_2D", "Pool2D": "AVERAGE_POOL_2D"}
        snake = "".join(f"_{letter}" if letter.isupper() else letter for letter in kind)
        code = schema.OperatorCodeT()
        code.builtinCode = getattr(
            schema.BuiltinOperator, codes.get(kind, snake.lstrip("_").upper())
        )
        code.deprecatedBuiltinCode = code.builtinCode
        code.version = 1
        operator = schema.OperatorT()
        operator.opcodeIndex = len(self.model.operatorCodes)
        self.model.operatorCodes.append(code)
        operator.inputs = inputs
        operator.outputs = [output]
        if options:
            operator.builtinOptionsType = getattr(schema.BuiltinOptions, f"{kind}Options")
            operator.builtinOptions = getattr(schema, f"{kind}OptionsT")()
            for name, value in options.items():
                setattr(operator.builtinOptions, name, value)
        self.graph.operators.append(operator)

    def convolution(self, name: str, source: int, weights: FloatArray, side: int) -> int:
        """Add a 1×1 convolution; weights (out, 1, 1, in); the output is [1, side, side, out]."""
        bias = np.zeros(len(weights), np.float32)
        inputs = [
            source,
            self.constant(f"{name}_weights", weights),
            self.constant(f"{name}_bias", bias),
        ]
        output = self.tensor(name, [1, side, side, len(weights)])
        self.operator("Conv2D", inputs, output, padding=1, strideW=1, strideH=1)
        return output

    def dense(self, name: str, source: int, weights: FloatArray, bias: FloatArray) -> int:
        """Add a fully connected layer; weights (out, in); the output is [1, out]."""
        inputs = [
            source,
            self.constant(f"{name}_weights", weights),
            self.constant(f"{name}_bias", bias),
        ]
        output = self.tensor(name, [1, len(weights)])
        self.operator("FullyConnected", inputs, output, keepNumDims=False)
        return output

    def pool(self, name: str, source: int, window: int, shape: list[int]) -> int:
        """Add an average over windows that do not overlap."""
        output = self.tensor(name, shape)
        size = {"filterWidth": window, "filterHeight": window, "strideW": window, "strideH": window}
        self.operator("Pool2D", [source], output, padding=1, **size)
        return output

    def reshape(self, name: str, source: int, shape: list[int]) -> int:
        """Add a change of shape."""
        output = self.tensor(name, shape)
        target = self.constant(f"{name}_shape", np.array(shape, np.int32))
        self.operator("Reshape", [source, target], output, newShape=shape)
        return output

    def content(self, source: int, outputs: dict[str, int]) -> bytes:
        """Return the .tflite file, with a signature that names the outputs."""
        self.graph.inputs = [source]
        self.graph.outputs = list(outputs.values())
        self.model.subgraphs = [self.graph]
        signature = schema.SignatureDefT()
        signature.signatureKey = "serving_default"
        signature.inputs = [_tensor_map("image", source)]
        signature.outputs = [_tensor_map(name, index) for name, index in outputs.items()]
        self.model.signatureDefs = [signature]
        builder = flatbuffers.Builder(1 << 16)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def _tensor_map(name: str, index: int) -> Any:
    entry = schema.TensorMapT()
    entry.name = name
    entry.tensorIndex = index
    return entry


def pose_2020() -> bytes:
    """Return the model with the head of the 2020 card."""
    writer = ModelWriter()
    source = writer.tensor("image", [1, CROP_PX, CROP_PX, 3])
    cells = writer.pool("cells", source, CELL_PX, [1, GRID, GRID, 3])
    grey = writer.convolution("grey", cells, np.full((1, 1, 1, 3), 1 / 3, np.float32), GRID)
    mean = writer.pool("mean", grey, GRID, [1, 1, 1, 1])
    flat_mean = writer.reshape("flat_mean", mean, [1, 1])
    flat = writer.reshape("flat", grey, [1, GRID * GRID])
    share = writer.tensor("share", [1, GRID * GRID])
    writer.operator("Softmax", [flat], share, beta=SOFTMAX_BETA)
    joined = writer.tensor("joined", [1, GRID * GRID + 1])
    writer.operator("Concatenation", [share, flat_mean], joined, axis=1)
    landmarks = writer.dense("landmarks", joined, *_figure_weights())
    return writer.content(source, {"landmarks": landmarks})


def _figure_weights() -> tuple[FloatArray, FloatArray]:
    """Return weights (99, 65) and bias (99,): the shares' centre of mass, moved to each point."""
    centres_px = (np.arange(GRID) + 0.5) * CELL_PX - CROP_PX / 2
    rows_px, columns_px = np.meshgrid(centres_px, centres_px, indexing="ij")
    seeded = np.random.default_rng(2020)
    weights = np.zeros((len(FIGURE_PX), 3, GRID * GRID + 1), np.float32)
    bias = np.zeros((len(FIGURE_PX), 3), np.float32)
    weights[:, 0, :-1] = FOLLOW * columns_px.ravel()
    weights[:, 1, :-1] = FOLLOW * rows_px.ravel()
    bias[:, :2] = np.array(FIGURE_PX, np.float32) + (CROP_PX - 1) / 2
    # Visibility: a logit of -4 in the dark, about 8 for a crop that is all white.
    weights[:, 2, -1] = 12.0 + seeded.uniform(-1.0, 1.0, len(FIGURE_PX))
    bias[:, 2] = -4.0
    return weights.reshape(-1, GRID * GRID + 1), bias.ravel()


def two_outputs() -> bytes:
    """Return the model with outputs "few" [1, 3] and "many" [1, 4, 4, 5]."""
    seeded = np.random.default_rng(2)
    writer = ModelWriter()
    source = writer.tensor("image", [1, 4, 4, 2])
    shared = writer.convolution("shared", source, _normal(seeded, (3, 1, 1, 2)), 4)
    many = writer.convolution("many", shared, _normal(seeded, (5, 1, 1, 3)), 4)
    flat = writer.reshape("flat", shared, [1, 48])
    few = writer.dense("few", flat, _normal(seeded, (3, 48)), _normal(seeded, (3,)))
    return writer.content(source, {"few": few, "many": many})


def _normal(seeded: np.random.Generator, shape: tuple[int, ...]) -> FloatArray:
    return seeded.standard_normal(shape).astype(np.float32)


def main() -> None:
    """Write both models beside this script."""
    for name, content in (("test_pose_2020", pose_2020()), ("test_two_outputs", two_outputs())):
        path = FOLDER / f"{name}.tflite"
        path.write_bytes(content)
        print(f"{path.name}: {len(content):,} bytes")


if __name__ == "__main__":
    main()
