"""A ray-marched figure that squats, raises its arms and turns, with exactly known joints.

Reading order: `sdf` (shapes), `skeleton` (motion), `parts`, `head`, `limbs`, `body` (shapes on the
skeleton), `camera`, `light`, `trace`, `render`, `make_clip` (the program).
"""
