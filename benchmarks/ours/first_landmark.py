"""From process start to the first landmark: `python -m benchmarks.ours.first_landmark CLIP`.

Prints the process's CPU seconds when the landmark is there.
"""

from __future__ import annotations

import sys
import time

import av

from graphflow import Graph

with av.open(sys.argv[1]) as container:
    image = next(container.decode(video=0)).to_ndarray(format="rgb24")
graph = Graph.load("pose_landmark_cpu")
outcome = graph.process(image=image, timestamp=0)
nose = outcome["pose_landmarks"][0]
print(time.process_time(), nose[0], nose[1], flush=True)
graph.close_inputs()
graph.wait_until_done()
