"""Object similarity: COCO's evaluation of files, and its formula by hand, must say the same."""

from __future__ import annotations

import builtins
import json
import math
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from graphflow.evaluation.figures import figures_of
from graphflow.evaluation.object_similarity import ObjectSimilarity, object_similarity
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import COCO_ROWS, Answer, Truth
from graphflow.evaluation.scoring import SampleScore, score
from graphflow.words.errors import UsageError
from tests.graphflow.evaluation.evaluation_kit import answer, scored, truth

RULES = Rules()
ROWS = list(COCO_ROWS)
AREA = 20_000.0


def evaluated(*pairs: tuple[Truth | None, Answer | None]) -> ObjectSimilarity:
    pytest.importorskip("pycocotools")
    rows = [score(scored(*pair, name=f"{at}.jpg"), RULES) for at, pair in enumerate(pairs)]
    found = object_similarity(rows)
    assert found is not None
    return found


def test_a_right_pose_is_wholly_similar() -> None:
    true = truth(area_px2=AREA)
    found = evaluated((true, answer(true)))
    assert found.mean_oks == pytest.approx(100.0)
    assert found.average_precision == pytest.approx(100.0)
    assert found.average_precision_large == pytest.approx(100.0)
    assert found.average_precision_medium is None


def test_one_moved_joint_is_worth_what_the_formula_says() -> None:
    true = truth(area_px2=AREA, hidden=["NOSE"], unlabelled=["LEFT_EAR"])
    found = evaluated((true, answer(true, moved={"LEFT_HIP": (30.0, 0.0)})))
    hip_sigma = 0.107  # COCO's constant for hips.
    similarity = math.exp(-(30.0**2) / (2 * AREA * (2 * hip_sigma) ** 2))
    assert found.mean_oks == pytest.approx(100 * (15 + similarity) / 16, abs=1e-4)


def test_missed_people_lower_the_similarity_and_the_recall() -> None:
    true = truth(area_px2=AREA)
    found = evaluated((true, answer(true)), (true, None))
    assert found.mean_oks == pytest.approx(50.0)
    assert found.average_recall == pytest.approx(50.0)


def test_a_pose_where_nobody_is_lowers_the_precision() -> None:
    true = truth(area_px2=AREA)
    sure = answer(true)
    doubtful = Answer(sure.xy_px, sure.visibility * 0.5)
    assert evaluated((true, doubtful), (None, sure)).average_precision == pytest.approx(50.0)
    assert evaluated((true, sure), (None, doubtful)).average_precision == pytest.approx(100.0)
    assert evaluated((true, sure), (None, sure)).samples == 2


def test_it_does_not_apply_without_an_area_or_a_coco_joint() -> None:
    true = truth()
    nothing = np.zeros(33, bool)
    unlabelled = Truth(np.full((33, 2), np.nan), nothing, nothing, AREA)
    rows = [score(scored(each, answer(true)), RULES) for each in (true, unlabelled, None)]
    assert object_similarity(rows) is None


def random_rows(seed: int) -> list[tuple[Truth, Answer]]:
    generator = np.random.default_rng(seed)
    pairs = []
    for _ in range(25):
        hidden = [n for n in ("LEFT_KNEE", "NOSE") if generator.random() < 0.3]
        unlabelled = [n for n in ("LEFT_EAR", "RIGHT_WRIST") if generator.random() < 0.3]
        true = truth(
            hidden=hidden, unlabelled=unlabelled, area_px2=float(generator.uniform(2e3, 4e4))
        )
        places = np.nan_to_num(true.xy_px) + generator.normal(0, generator.uniform(1, 30), (33, 2))
        pairs.append((true, Answer(places, generator.uniform(0, 1, 33))))
    return pairs


@pytest.mark.parametrize("seed", [1, 2])
def test_precision_is_that_of_coco_from_files(tmp_path: Path, seed: int) -> None:
    coco = pytest.importorskip("pycocotools.coco")
    evaluation_module = pytest.importorskip("pycocotools.cocoeval")
    pairs = random_rows(seed)
    annotations: list[dict[str, Any]] = []
    results: list[dict[str, Any]] = []
    for number, (true, found) in enumerate(pairs, start=100):
        flags = [2 if v else int(k) for v, k in zip(true.is_visible, true.is_labelled, strict=True)]
        points = [[*np.nan_to_num(true.xy_px[r]).tolist(), flags[r]] for r in ROWS]
        annotations.append(
            {
                "id": number * 7,
                "image_id": number,
                "category_id": 1,
                "keypoints": [number for point in points for number in point],
                "num_keypoints": sum(flags[r] > 0 for r in ROWS),
                "area": true.area_px2,
                "bbox": [0, 0, 400, 400],
                "iscrowd": 0,
            }
        )
        results.append(
            {
                "image_id": number,
                "category_id": 1,
                "keypoints": [n for r in ROWS for n in (*found.xy_px[r].tolist(), 1)],
                "score": float(np.mean([found.visibility[r] for r in ROWS])),
            }
        )
    (tmp_path / "truth.json").write_text(
        json.dumps(
            {
                "info": {},
                "images": [{"id": each["image_id"]} for each in annotations],
                "categories": [{"id": 1, "name": "person"}],
                "annotations": annotations,
            }
        ),
        encoding="utf-8",
    )
    (tmp_path / "found.json").write_text(json.dumps(results), encoding="utf-8")
    true_set = coco.COCO(str(tmp_path / "truth.json"))
    evaluation = evaluation_module.COCOeval(
        true_set, true_set.loadRes(str(tmp_path / "found.json")), "keypoints"
    )
    evaluation.evaluate()
    evaluation.accumulate()
    evaluation.summarize()
    ours = evaluated(*pairs)
    expected = [100 * each for each in evaluation.stats[:6]]
    assert [
        ours.average_precision,
        ours.average_precision_50,
        ours.average_precision_75,
        ours.average_precision_medium,
        ours.average_precision_large,
        ours.average_recall,
    ] == pytest.approx(expected)
    assert 5 < expected[0] < 95


def test_without_pycocotools_the_other_figures_are_there(monkeypatch: pytest.MonkeyPatch) -> None:
    true_import = builtins.__import__

    def without(name: str, *rest: Any, **more: Any) -> Any:
        if name.startswith("pycocotools"):
            raise ImportError(name)
        return true_import(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    true = truth(area_px2=AREA)
    rows: list[SampleScore] = [score(scored(true, answer(true)), RULES)]
    with pytest.raises(UsageError, match=r"graphflow-perception\[eval\]"):
        object_similarity(rows)
    figures = figures_of(rows, RULES)
    assert figures.similarity is None
    assert "pycocotools" in figures.similarity_missing
    assert figures.detected is not None
