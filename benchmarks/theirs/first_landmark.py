"""From process start to the first landmark, with MediaPipe: `python first_landmark.py CLIP`.

Prints the process's CPU seconds when the landmark is there.
"""

import os
import sys
import time

os.environ.setdefault("GLOG_minloglevel", "2")
import cv2
import mediapipe

capture = cv2.VideoCapture(sys.argv[1])
image = capture.read()[1]
with mediapipe.solutions.pose.Pose() as pose:
    result = pose.process(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
    nose = result.pose_landmarks.landmark[0]
    print(time.process_time(), nose.x, nose.y, flush=True)
