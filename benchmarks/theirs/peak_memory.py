"""Peak memory of a script that reads a clip with OpenCV and tracks it with `solutions.pose`."""

import resource
import sys
import time
from pathlib import Path

import cv2
import mediapipe


def run(clip, marks):
    """Return peak bytes and seconds after so many frames; the largest mark ends the run."""
    peaks, seconds = [], []
    wall, cpu = time.perf_counter(), time.process_time()
    capture = cv2.VideoCapture(clip)
    with mediapipe.solutions.pose.Pose() as pose:
        for number in range(1, max(marks) + 1):
            is_read, image = capture.read()
            if not is_read:
                raise ValueError(f"the clip has {number - 1} frames; expected {max(marks)}")
            pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
            if number in marks:
                peaks.append(peak_bytes())
                seconds.append(
                    {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu}
                )
    return {"peaks": peaks, "seconds": seconds}


def peak_bytes():
    """Return the largest memory of this process so far.

    Linux counts in `ru_maxrss` what the parent had when it started this process; VmHWM does not.
    """
    status = Path("/proc/self/status")
    if status.exists():
        for line in status.read_text().splitlines():
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) * 1024
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit
