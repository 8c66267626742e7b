"""Ask a graph for every sample of a data set, and keep what it answers in a file.

answering = GraphAnswers(graph, setting, dataset, found, folder)
for done in answering.run():
...
for each in scored(dataset.samples(), answering.file, NotAnswered()):
...
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from graphflow.evaluation.answer_file import AnswerFile, Keeping
from graphflow.evaluation.answering import Answerer
from graphflow.evaluation.datasets.dataset import Dataset, Survey
from graphflow.evaluation.evaluable import EvaluableGraph
from graphflow.evaluation.fingerprint import fingerprint
from graphflow.evaluation.running import answer_all, worker_count
from graphflow.evaluation.units import Regions, units_to_run

STATIC_IMAGE_MODE: Final = "static_image_mode"
"""The side packet by which bundled graphs are told that pictures are unrelated."""


@dataclass(frozen=True)
class Setting:
    """How a graph is asked.

    Attributes:
        is_tracking: whether clips are run in order; else each frame is a run of its own.
        regions: gives the region of each still; None if the graph is to look by itself.
        regions_text: what the regions are, in words that tell them from others.
        side_packets: values for the graph.
        models: the files of the graph's models.
        workers: number of threads, each with a graph.
        keeping: what becomes of earlier answers.
    """

    is_tracking: bool = True
    regions: Regions | None = None
    regions_text: str = ""
    side_packets: Mapping[str, Any] = field(default_factory=dict)
    models: tuple[Path, ...] = ()
    workers: int = field(default_factory=worker_count)
    keeping: Keeping = Keeping.CONTINUE


class GraphAnswers:
    """A graph's answers to the samples of a data set.

    Attributes:
        file: of the answers.
        total: number of samples.
        kept: number of samples whose answers were there already.
        done: number of samples that have been answered or have failed, the kept ones included.
    """

    def __init__(
        self,
        graph: EvaluableGraph,
        setting: Setting,
        dataset: Dataset,
        found: Survey,
        folder: Path,
    ) -> None:
        """Open the file of answers; nothing is run yet.

        Args:
            graph: what is asked.
            setting: how.
            dataset: the samples.
            found: what a pass over these has found.
            folder: where the file of answers is.

        Raises:
            UsageError: the file can't be written.
        """
        self._graph = graph
        self._setting = setting
        self._dataset = dataset
        self._clips = found.clips
        self._side_packets = _side_packets(graph, setting)
        self.total = found.samples
        mode = f"tracking={setting.is_tracking} regions={setting.regions_text}"
        files = (dataset.path, *setting.models)
        key = fingerprint(graph, self._side_packets, files, (mode,))
        about = {"graph": str(graph.path), "dataset": str(dataset.path), "mode": mode}
        self.file = AnswerFile(
            folder / f"{graph.path.stem}-{key}.jsonl", key, about, setting.keeping
        )
        self.kept = sum(self.file.has(sample) for sample in dataset.samples())
        self.done = self.kept

    def run(self, should_stop: Callable[[], bool] = lambda: False) -> Iterator[int]:
        """Ask for what has no answer yet; yield now and then how many samples are done.

        Call `note_end` when the answers have served, else the next evaluation goes on with them.

        Raises:
            UsageError: an answer can't be written.
        """
        units = units_to_run(
            self._dataset.samples(), self._clips, self.file.has, self._setting.regions
        )
        for told in answer_all(units, self._answerer, self._setting.workers, should_stop):
            if told is not None:
                self.done += self.file.add(told.found, told.source)
            yield self.done

    def _answerer(self) -> Answerer:
        return Answerer(self._graph, self._side_packets, is_tracking=self._setting.is_tracking)


def _side_packets(graph: EvaluableGraph, setting: Setting) -> dict[str, Any]:
    values = dict(setting.side_packets)
    if not setting.is_tracking and STATIC_IMAGE_MODE in graph.plan.side_packets:
        values.setdefault(STATIC_IMAGE_MODE, True)
    return values
