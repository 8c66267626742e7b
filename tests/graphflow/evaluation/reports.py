"""Reports for tests of how they are written."""

from __future__ import annotations

from functools import cache

import numpy as np

from graphflow.evaluation.compare import compare
from graphflow.evaluation.report import Report, Scores
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import Answer, Scored, Truth
from graphflow.evaluation.sweep import sweep
from tests.graphflow.evaluation.evaluation_kit import answer, sample, truth, wrong_joints


def scores_of(seed: int = 0, wrong_max: int = 9) -> Scores:
    """Pictures of two groups, one missed person, one false detection, and a clip with jitter."""
    generator = np.random.default_rng(seed)
    world = np.random.default_rng(1).normal(0, 0.4, (33, 3))
    true = truth(area_px2=20_000.0, hidden=["LEFT_WRIST"], world_m=world)
    scores = Scores(Rules(group_min=5, resamples=200))
    for at in range(30):
        groups = {"light": "dim" if at % 2 else "bright", "<coat>": "[red]"}
        found = answer(true, moved=wrong_joints(int(generator.integers(0, wrong_max))))
        found = Answer(found.xy_px, found.visibility, world + generator.normal(0, 0.05, (33, 3)))
        scores.add(Scored(sample(true, f"{at:02d}.jpg", groups=groups), found))
    scores.add(Scored(sample(true, "missed.jpg"), None))
    scores.add(Scored(sample(None, "nobody.jpg"), answer(true)))
    scores.add_all(_clip(true, generator))
    return scores


def _clip(true: Truth, generator: np.random.Generator) -> list[Scored]:
    return [
        Scored(
            sample(true, f"c.mp4@{at * 40_000}", clip="c.mp4", timestamp_us=at * 40_000),
            answer(true, shift=generator.normal(0.0, 2.0, 2)),
        )
        for at in range(6)
    ]


@cache
def plain() -> Report:
    """The report of one set of answers, with a sweep."""
    swept = sweep(lambda each: [90 - 100 * each.shift, 70 - 20 * abs(each.roll_rad)])
    facts = {"graph": "pose <one>", "data set": "truth.json"}
    return scores_of().report(facts=facts, sweep=swept)


@cache
def compared() -> Report:
    """The report of two."""
    first, second = scores_of(), scores_of(1, 5)
    names = ("ours", "[theirs]")
    comparison = compare(first.rows, second.rows, first.rules, names, ("light", "<coat>"))
    return first.report(facts={"graph": "pose"}, comparison=comparison)
