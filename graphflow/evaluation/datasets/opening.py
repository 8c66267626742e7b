"""Choose the reader of a data set by what the file is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from calculators.media.faults import missing_file
from graphflow.evaluation.datasets.coco import coco_dataset
from graphflow.evaluation.datasets.dataset import Dataset, DatasetError
from graphflow.evaluation.datasets.figure_joints import FORMAT, figure_dataset
from graphflow.evaluation.datasets.lines import lines_dataset
from graphflow.evaluation.datasets.media_files import MediaFiles
from graphflow.evaluation.datasets.table import table_dataset
from graphflow.words.bundle import bundled_folder

SAMPLE: Final = "sample"
"""Names the clip that comes with graphflow, and its true joints."""

_HEAD_BYTES: Final = 4096


def open_dataset(name: str | Path, images: Path | None = None) -> Dataset:
    """Open a data set; its rows are not read yet.

    Args:
        name: a file (COCO key points, JSON Lines or CSV), or "sample".
        images: where its pictures and clips are; by default beside it, or in ../images.

    Raises:
        DatasetError: it is none of these files.
        UsageError: there is no such file.
    """
    path = _path_of(name)
    files = MediaFiles(path, images)
    if images is not None and not images.exists():
        raise missing_file(images)
    suffix = path.suffix.lower()
    if suffix == ".csv":
        return table_dataset(path, files)
    head = _head(path)
    if f'"{FORMAT}"' in head:
        return figure_dataset(path, files)
    if suffix in (".jsonl", ".ndjson") or re.match(r'\s*\{.*"pose_landmarks"', head):
        return lines_dataset(path, files)
    if head.lstrip().startswith("{"):
        return coco_dataset(path, files)
    raise DatasetError(
        f"{path}: is no data set; expected COCO key points (.json), JSON Lines (.jsonl) or CSV"
    )


def _path_of(name: str | Path) -> Path:
    path = Path(name).expanduser()
    if str(name) == SAMPLE and not path.exists():
        return bundled_folder("samples") / "figure.joints.json"
    if path.is_dir():
        raise DatasetError(f"{path}: is a folder; expected a file that says where joints are")
    if not path.exists():
        raise missing_file(path)
    return path


def _head(path: Path) -> str:
    with path.open("rb") as file:
        return file.read(_HEAD_BYTES).decode("utf-8-sig", errors="replace")
