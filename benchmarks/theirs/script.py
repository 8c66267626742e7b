"""The whole job as people write it today: OpenCV, `solutions.pose`, `drawing_utils`, H.264.

The video is written with PyAV by x264, with the options that graphflow has by default.
"""

import time
from fractions import Fraction

import av
import cv2
import mediapipe
import numpy as np
from solution import rows

DRAWING = mediapipe.solutions.drawing_utils
POSE = mediapipe.solutions.pose
STYLE = mediapipe.solutions.drawing_styles.get_default_pose_landmarks_style()


def run(clip, frames, output, answers, crf, preset):
    """Time everything from opening the clip to closing the video that is written.

    The landmarks go to the file `answers` afterwards.
    """
    wall, cpu = time.perf_counter(), time.process_time()
    found = track_and_draw(clip, frames, output, {"crf": crf, "preset": preset, "bf": "0"})
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    np.savez(answers, landmarks=np.stack([rows(each) for each in found]))
    return {"wall": wall, "cpu": cpu, "frames": len(found)}


def track_and_draw(clip, frames, output, options):
    """Write the clip with the pose drawn in; return the landmarks of each frame."""
    found = []
    capture = cv2.VideoCapture(clip)
    with av.open(output, "w") as container, POSE.Pose() as pose:
        stream = container.add_stream("libx264", rate=Fraction(capture.get(cv2.CAP_PROP_FPS)))
        stream.width = int(capture.get(cv2.CAP_PROP_FRAME_WIDTH))
        stream.height = int(capture.get(cv2.CAP_PROP_FRAME_HEIGHT))
        stream.pix_fmt, stream.options = "yuv420p", options
        while len(found) < frames:
            is_read, image = capture.read()
            if not is_read:
                break
            result = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            DRAWING.draw_landmarks(
                image, result.pose_landmarks, POSE.POSE_CONNECTIONS, landmark_drawing_spec=STYLE
            )
            container.mux(stream.encode(av.VideoFrame.from_ndarray(image, format="bgr24")))
            found.append(result.pose_landmarks)
        container.mux(stream.encode(None))
    capture.release()
    return found
