"""The picture of a scored sample, for reports that show it."""

from __future__ import annotations

from contextlib import closing

from calculators.media.image_reader import read_image
from calculators.media.open_media import open_media
from calculators.types import RgbImage
from graphflow.evaluation.clip_frames import ROUNDING_US
from graphflow.evaluation.scoring import SampleScore
from graphflow.words.errors import GraphflowError


def picture_of(row: SampleScore) -> RgbImage | None:
    """Return the picture or frame of a sample, None if it can't be read any more.

    A clip is read from its beginning up to the frame.
    """
    try:
        if row.timestamp_us is None:
            return read_image(row.source)
        with closing(open_media(row.source)) as reader:
            for picture in reader:
                if abs(picture.timestamp_us - row.timestamp_us) <= ROUNDING_US:
                    return picture.image
    except (GraphflowError, OSError):
        pass
    return None
