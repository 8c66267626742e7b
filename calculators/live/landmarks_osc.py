"""LandmarksOscCalculator: landmarks to other programs, by OSC over UDP."""

from __future__ import annotations

from importlib import import_module
from types import ModuleType
from typing import Final, Literal

from pydantic import Field

from calculators.live.datagram_target import DatagramTarget
from calculators.pose_landmark import PoseLandmark
from calculators.types import NormalizedLandmarks, WorldLandmarks
from graphflow import Calculator, Context, Contract, Options, Port, register
from graphflow.running.notices import NOTICES
from graphflow.words.errors import UsageError

NAMES: Final = tuple(each.name.lower() for each in PoseLandmark)
"""Of the landmarks in addresses, in their order."""

_TIME_MAX_MS: Final = 2**31 - 1
"""OSC's int has 32 bits: 24 days."""


class LandmarksOscOptions(Options):
    """Options of LandmarksOscCalculator."""

    target: str = Field("", description="HOST:PORT, or PORT for this machine; empty for none")
    prefix: str = Field(
        "/pose",
        pattern=r"^(/[A-Za-z0-9_.-]+)+$",
        description="what addresses begin with",
    )
    addresses: Literal["name", "index"] = Field(
        "name", description="/pose/left_wrist with name, /pose/15 with index"
    )


@register
class LandmarksOscCalculator(Calculator[LandmarksOscOptions]):
    """Send the landmarks of every frame to another program, as OSC messages over UDP.

    Nobody need listen: what nobody receives is lost, and the run goes on as it would without.
    A frame is a bundle, or several, for none is longer than 1,400 bytes, so that no network divides
    it. Each begins with `/pose/time`, milliseconds of the frame's time (int). Then there is a
    message for each landmark, `/pose/left_wrist` say, with five floats: x, y, z, visibility and
    presence, as the packet has them. The world landmarks follow as `/pose/world/left_wrist`. The
    last message is `/pose/present`, 1, or 0 where there is no body and no landmarks are sent
    (ints): when it comes, all of its frame has come. Bundles are stamped "immediately".

    Timing: at each timestamp that has a FRAME; sending does not wait.

    Ports: FRAME, anything that comes once a frame; NORM_LANDMARKS and WORLD_LANDMARKS, empty where
    there is no body. Side input TARGET counts before the option. With neither, nothing is sent.

    Options: target (HOST:PORT, or PORT for this machine), prefix ("/pose"), addresses (name or
    index).

    Example:
        ```yaml
        input_stream: [image_size, pose_landmarks]
        input_side_packet: [osc_target]
        node:
          - calculator: LandmarksOscCalculator
            input_stream: ["FRAME:image_size", "NORM_LANDMARKS:pose_landmarks"]
            input_side_packet: ["TARGET:osc_target"]
            options: {addresses: index}
        ```

    Source: none in MediaPipe.
    """

    contract = Contract(
        inputs=(
            Port("FRAME", doc="whatever comes for every frame"),
            Port("NORM_LANDMARKS", NormalizedLandmarks, doc="(N, 5) with N <= 33, normalised"),
            Port("WORLD_LANDMARKS", WorldLandmarks, optional=True, doc="(N, 5), metres"),
        ),
        side_inputs=(
            Port("TARGET", str, optional=True, doc="replaces target; nothing is sent if empty"),
        ),
        options=LandmarksOscOptions,
        services=(NOTICES,),
    )

    _target: DatagramTarget | None = None

    def open(self, context: Context) -> None:
        """Look the target up.

        Raises:
            UsageError: it is no target, or python-osc is not installed.
        """
        text: str = context.side_inputs.get("TARGET", default=self.options.target)
        if not text:
            return
        self._osc = osc = _osc_messages()
        has_names, prefix = self.options.addresses == "name", self.options.prefix
        names = NAMES if has_names else tuple(map(str, range(len(NAMES))))
        self._landmarks = osc.LandmarkMessages(prefix, names)
        self._world_landmarks = osc.LandmarkMessages(f"{prefix}/world", names)
        self._target = DatagramTarget(text, context.service(NOTICES))

    def process(self, context: Context) -> None:
        """Send one frame."""
        if self._target is None or context.inputs["FRAME"].is_empty:
            return
        osc, prefix, messages = self._osc, self.options.prefix, []
        landmarks = context.inputs["NORM_LANDMARKS"]
        if not landmarks.is_empty:
            messages += self._landmarks.of(landmarks.value)
            world = context.inputs.get("WORLD_LANDMARKS")
            if world is not None and not world.is_empty:
                messages += self._world_landmarks.of(world.value)
        time_ms = min(int(context.timestamp) // 1000, _TIME_MAX_MS)
        messages.append(osc.message(f"{prefix}/present", int(not landmarks.is_empty)))
        for datagram in osc.bundles(osc.message(f"{prefix}/time", time_ms), messages):
            self._target.send(datagram)

    def close(self, context: Context) -> None:
        """Close the socket."""
        if self._target is not None:
            self._target.close()


def _osc_messages() -> ModuleType:
    """Import what needs python-osc, which is an extra.

    Raises:
        UsageError: it is not installed.
    """
    try:
        return import_module("calculators.live.osc_messages")
    except ModuleNotFoundError as error:
        raise UsageError(
            "python-osc is needed to send landmarks by OSC\n"
            "  hint: pip install 'graphflow-perception[osc]', or give no target"
        ) from error
