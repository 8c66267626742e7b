"""The 33 landmarks of a skeleton: the joints that it has, and points on head, hands and feet."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from calculators.pose_landmark import PoseLandmark
from samples.figure.head import EYE_X_M, EYE_Y_M
from samples.figure.skeleton import SIDES, Skeleton

# In the frame of the head; x to the left, to be multiplied with a side's sign.
EYE_INNER_M = (EYE_X_M - 0.015, EYE_Y_M, 0.083)
EYE_M = (EYE_X_M, EYE_Y_M, 0.081)
EYE_OUTER_M = (EYE_X_M + 0.015, EYE_Y_M, 0.074)
EAR_M = (0.082, -0.004, -0.010)
MOUTH_CORNER_M = (0.025, -0.068, 0.083)

# In the frame of the hand: knuckles, across to the thumb and along the hand.
PINKY_M = (-0.028, 0.081, 0.0)
INDEX_M = (0.029, 0.088, 0.0)
THUMB_M = (0.055, 0.072, 0.0)

# In the frame of the foot.
HEEL_M = (0.0, -0.055, -0.075)
TOE_M = (0.0, -0.060, 0.165)


def landmarks_m(skeleton: Skeleton) -> npt.NDArray[np.float64]:
    """Return where the 33 landmarks are.

    Eyes, mouth, nose and toes are on the surface, the others inside the body, where joints are.

    Returns:
        (33, 3) metres, in the world, in the order of PoseLandmark.
    """
    points = {name: np.asarray(point) for name, point in skeleton.joints.items()}
    head = skeleton.head
    for side, sign in SIDES:
        for name, (x, y, z) in (
            (f"{side}_EYE_INNER", EYE_INNER_M),
            (f"{side}_EYE", EYE_M),
            (f"{side}_EYE_OUTER", EYE_OUTER_M),
            (f"{side}_EAR", EAR_M),
            (f"MOUTH_{side}", MOUTH_CORNER_M),
        ):
            points[name] = head.to_world(sign * x, y, z)
        hand, foot = skeleton.hands[side], skeleton.feet[side]
        points[f"{side}_PINKY"] = hand.to_world(*PINKY_M)
        points[f"{side}_INDEX"] = hand.to_world(*INDEX_M)
        points[f"{side}_THUMB"] = hand.to_world(*THUMB_M)
        points[f"{side}_HEEL"] = foot.to_world(*HEEL_M)
        points[f"{side}_FOOT_INDEX"] = foot.to_world(*TOE_M)
    return np.stack([points[each.name] for each in PoseLandmark]).astype(np.float64)
