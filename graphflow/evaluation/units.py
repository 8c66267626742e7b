"""What is run in one go: a picture by itself, or the frames of a clip in order."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from calculators.types import NormalizedRect
from graphflow.evaluation.samples import Sample

Regions = Callable[[Sample], NormalizedRect | None]
"""Gives the region in which to look for a sample's person; None where there is none to give."""


@dataclass(frozen=True, eq=False)
class StillUnit:
    """One picture.

    Attributes:
        name: of its sample.
        size_px: width and height, as the data set has them.
        region: in which the graph is to look; None where it looks by itself.
    """

    name: str
    source: Path
    size_px: tuple[int, int]
    region: NormalizedRect | None = None


@dataclass(frozen=True)
class Frame:
    """A frame of a clip that has a sample.

    Attributes:
        name: of the sample.
        size_px: width and height, as the data set has them.
    """

    timestamp_us: int
    name: str
    size_px: tuple[int, int]


@dataclass(frozen=True)
class ClipUnit:
    """A clip, and its frames with samples, in order of time."""

    source: Path
    frames: tuple[Frame, ...]


Unit = StillUnit | ClipUnit


def units_to_run(
    samples: Iterator[Sample],
    clips: Mapping[str, Collection[Frame]],
    is_answered: Callable[[Sample], bool],
    regions: Regions | None,
) -> Iterator[Unit]:
    """Yield what is still to be run, in the order of the data set.

    A clip with one frame that lacks an answer is run as a whole: what is found in a frame may
    depend on those before it. Stills that lack a region where regions are given are left out.

    Args:
        samples: of the data set.
        clips: the frames of each clip that have samples, in order of time.
        is_answered: tells whether a sample has its answer already.
        regions: gives the region of each still; None if the graph is to look by itself.
    """
    begun: set[str] = set()
    for sample in samples:
        if sample.clip is not None:
            if sample.clip not in begun and not is_answered(sample):
                begun.add(sample.clip)
                yield ClipUnit(sample.source, tuple(clips[sample.clip]))
        elif not is_answered(sample):
            if regions is None:
                yield StillUnit(sample.name, sample.source, sample.size_px)
                continue
            region = regions(sample)
            if region is not None:
                yield StillUnit(sample.name, sample.source, sample.size_px, region)
