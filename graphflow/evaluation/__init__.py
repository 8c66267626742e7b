"""Evaluation: how well a pose graph answers, as BlazePose's model card states it.

`samples` says what is compared; one module for each subject scores a sample (`torso`,
`detected_joints`, `world_error`, ...); `scoring` makes one small row of each sample, `summary` a
report of the rows; the report is written as a table, JSON, CSV or a page.
"""

from __future__ import annotations
