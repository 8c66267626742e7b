"""Object key point similarity and average precision, by COCO's own evaluation."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from graphflow.evaluation.samples import COCO_ROWS
from graphflow.evaluation.scoring import FoundPose, SampleScore, TruePose
from graphflow.words.errors import UsageError

_CATEGORY: Final = 1
_STATISTICS: Final = (
    "average_precision",
    "average_precision_50",
    "average_precision_75",
    "average_precision_medium",
    "average_precision_large",
    "average_recall",
)
_RECALL: Final = 5


@dataclass(frozen=True)
class ObjectSimilarity:
    """COCO's figures over its 17 key points, in percent; None where COCO has no number.

    Attributes:
        samples: how many samples with an area, and pictures with nobody, were evaluated.
        mean_oks: mean similarity of the true people; those who were not found count as 0.
        average_precision: over similarities 0.50 to 0.95; a pose's score is the mean visibility of
            the 17 key points, since the graphs give no score of a pose.
        average_precision_50: at similarity 0.50.
        average_precision_75: at similarity 0.75.
        average_precision_medium: of people of 32² to 96² pixels.
        average_precision_large: of larger people.
        average_recall: over similarities 0.50 to 0.95.
    """

    samples: int
    mean_oks: float | None
    average_precision: float | None
    average_precision_50: float | None
    average_precision_75: float | None
    average_precision_medium: float | None
    average_precision_large: float | None
    average_recall: float | None


def object_similarity(scores: Sequence[SampleScore]) -> ObjectSimilarity | None:
    """Evaluate the samples that COCO's evaluation applies to.

    It applies to people with an area and at least one labelled COCO key point; pictures with
    nobody are evaluated with them, so that what was found there counts against the precision.

    Returns:
        None if it applies to no person.

    Raises:
        UsageError: pycocotools, of the extra `eval`, is not installed.
    """
    used = [each for each in scores if each.truth is None or _applies(each.truth)]
    if all(each.truth is None for each in used):
        return None
    evaluation = _evaluated(used)
    figures = [None if value < 0 else 100.0 * float(value) for value in evaluation.stats]
    named = dict(zip(_STATISTICS[:_RECALL], figures[:_RECALL], strict=True))
    return ObjectSimilarity(
        samples=len(used),
        mean_oks=_mean_oks(evaluation, used),
        average_recall=figures[_RECALL],
        **named,
    )


def _applies(truth: TruePose) -> bool:
    area = truth.area_px2
    return area is not None and area > 0 and bool(truth.is_labelled[list(COCO_ROWS)].any())


def _evaluated(scores: Sequence[SampleScore]) -> Any:
    try:
        from pycocotools.coco import COCO
        from pycocotools.cocoeval import COCOeval
    except ImportError as error:
        raise UsageError(
            "object key point similarity needs pycocotools\n"
            "  hint: pip install 'graphflow-perception[eval]'"
        ) from error
    numbered = list(enumerate(scores, start=1))
    # The library tells its progress on standard output.
    with contextlib.redirect_stdout(io.StringIO()):
        truth = COCO()
        truth.dataset = {
            "images": [{"id": number} for number, _ in numbered],
            "categories": [{"id": _CATEGORY, "name": "person"}],
            "annotations": [
                _annotation(number, each.truth) for number, each in numbered if each.truth
            ],
        }
        truth.createIndex()
        found = COCO()
        found.dataset = {
            **truth.dataset,
            "annotations": [_result(number, each.found) for number, each in numbered if each.found],
        }
        found.createIndex()
        evaluation = COCOeval(truth, found, "keypoints")
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
    return evaluation


def _annotation(number: int, truth: TruePose) -> dict[str, Any]:
    rows = list(COCO_ROWS)
    flags = truth.is_labelled[rows].astype(float) + truth.is_visible[rows]
    places = np.nan_to_num(truth.xy_px[rows].astype(np.float64))
    return {
        "id": number,
        "image_id": number,
        "category_id": _CATEGORY,
        "keypoints": np.column_stack([places, flags]).ravel().tolist(),
        "num_keypoints": int(truth.is_labelled[rows].sum()),
        "area": truth.area_px2,
        "bbox": _box(places[truth.is_labelled[rows]]),
        "iscrowd": 0,
    }


def _result(number: int, found: FoundPose) -> dict[str, Any]:
    rows = list(COCO_ROWS)
    places = found.xy_px[rows].astype(np.float64)
    box = _box(places)
    return {
        "id": number,
        "image_id": number,
        "category_id": _CATEGORY,
        "keypoints": np.column_stack([places, np.ones(len(rows))]).ravel().tolist(),
        "score": float(found.visibility[rows].mean()),
        "area": box[2] * box[3],
        "bbox": box,
    }


def _box(places: Any) -> list[float]:
    """Left, top, width, height."""
    low, high = places.min(axis=0), places.max(axis=0)
    return [*low.tolist(), *(high - low).tolist()]


def _mean_oks(evaluation: Any, scores: Sequence[SampleScore]) -> float | None:
    similarities = [
        float(evaluation.ious[number, _CATEGORY][0, 0]) if each.found else 0.0
        for number, each in enumerate(scores, start=1)
        if each.truth
    ]
    return 100.0 * float(np.mean(similarities)) if similarities else None
