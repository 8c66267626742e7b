"""MirrorLandmarksCalculator: where landmarks lie in the mirrored image."""

from __future__ import annotations

from dataclasses import replace

from pydantic import Field

from calculators.kernels.mirror import mirror_landmarks, mirror_world_landmarks
from calculators.types import ImageSize, NormalizedLandmarks, WorldLandmarks
from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class MirrorLandmarksOptions(Options):
    """Which landmarks are each other's mirror image."""

    left_right_pairs: tuple[tuple[int, int], ...] = Field(
        (), description="rows that change places, in pairs"
    )


@register
class MirrorLandmarksCalculator(Calculator[MirrorLandmarksOptions]):
    """Move landmarks to where a mirror shows them, and exchange what is left and right.

    Timing: one list for each list; normalised ones also need an image size.

    Ports: NORM_LANDMARKS, with IMAGE_SIZE, or LANDMARKS: world landmarks, mirrored about x = 0.

    Options: left_right_pairs (rows that change places, in pairs; none).

    Example:
        ```yaml
        input_stream: [mirrored_landmarks, image_size]
        output_stream: [landmarks]
        node:
          - calculator: MirrorLandmarksCalculator
            input_stream: ["NORM_LANDMARKS:mirrored_landmarks", "IMAGE_SIZE:image_size"]
            output_stream: ["NORM_LANDMARKS:landmarks"]
            options:
              left_right_pairs: [[11, 12], [13, 14], [15, 16]]
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(
            Port("NORM_LANDMARKS", NormalizedLandmarks, optional=True, doc="(N, 5)"),
            Port("LANDMARKS", WorldLandmarks, optional=True, doc="(N, 5), metres"),
            Port("IMAGE_SIZE", ImageSize, optional=True, doc="of the image, pixels"),
        ),
        outputs=(
            Port("NORM_LANDMARKS", NormalizedLandmarks, optional=True, doc="mirrored"),
            Port("LANDMARKS", WorldLandmarks, optional=True, doc="mirrored"),
        ),
        options=MirrorLandmarksOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[MirrorLandmarksOptions]) -> Contract:
        """Check that one kind of landmarks goes in and comes out.

        Raises:
            ContractError: otherwise, or normalised ones come without an image size.
        """
        kinds = [tag for tag in ("NORM_LANDMARKS", "LANDMARKS") if tag in node.inputs]
        if len(kinds) != 1 or kinds[0] not in node.outputs or len(node.outputs) != 1:
            raise ContractError(
                "expected NORM_LANDMARKS or LANDMARKS, one of them, as input and as output"
            )
        if ("IMAGE_SIZE" in node.inputs) is not (kinds == ["NORM_LANDMARKS"]):
            raise ContractError("expected input IMAGE_SIZE with NORM_LANDMARKS, and only then")
        wanted = {*kinds, "IMAGE_SIZE"} if kinds == ["NORM_LANDMARKS"] else set(kinds)
        return replace(
            cls.contract,
            inputs=tuple(
                replace(port, optional=False) for port in cls.contract.inputs if port.tag in wanted
            ),
            outputs=tuple(
                replace(port, optional=False) for port in cls.contract.outputs if port.tag in kinds
            ),
        )

    def process(self, context: Context) -> None:
        """Mirror one list."""
        pairs = self.options.left_right_pairs
        world = context.inputs.get("LANDMARKS")
        if world is not None:
            if not world.is_empty:
                context.outputs["LANDMARKS"].emit(mirror_world_landmarks(world.value, pairs))
            return
        landmarks, size = context.inputs["NORM_LANDMARKS"], context.inputs["IMAGE_SIZE"]
        if not (landmarks.is_empty or size.is_empty):
            mirrored = mirror_landmarks(landmarks.value, size.value, pairs)
            context.outputs["NORM_LANDMARKS"].emit(mirrored)
