"""What `graphflow eval` compares: a graph that is asked, or answers that were recorded."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, Final

from graphflow.commands.needed_files import provide_files, resource_names
from graphflow.commands.progress import Progress
from graphflow.commands.side_values import decode_side_values
from graphflow.evaluation.answer_file import Keeping, note_end
from graphflow.evaluation.datasets.dataset import Dataset, Survey
from graphflow.evaluation.evaluable import evaluable_graph
from graphflow.evaluation.evaluating import GraphAnswers, Setting
from graphflow.evaluation.recorded import RecordedAnswers, is_recorded
from graphflow.evaluation.regions import Disturbance, region_from_truth
from graphflow.evaluation.report import Scores
from graphflow.evaluation.rules import Rules
from graphflow.evaluation.samples import Sample
from graphflow.evaluation.scored import Answers, NotAnswered, scored
from graphflow.loading import Override
from graphflow.nodes.resources import default_store

ANSWERS_FOLDER: Final = Path("out") / "evaluation"
"""Where what graphs answered is kept, so that a stopped evaluation can go on."""
_NO_REGION: Final = "in no region, as the truth lacks a hip or a shoulder"


@dataclass(frozen=True)
class Asking:
    """How graphs are asked, whichever.

    Attributes:
        is_tracking: whether clips are run in order; else each frame is a run of its own.
        disturbance: of the true region that a still is looked at in; None to let graphs look.
        workers: number of threads.
        keeping: what becomes of earlier answers.
        may_fetch: whether to fetch missing models.
        parameters, overrides, side_texts: values for the graph that is judged.
    """

    is_tracking: bool
    disturbance: Disturbance | None
    workers: int
    keeping: Keeping
    may_fetch: bool = True
    parameters: Mapping[str, Any] = field(default_factory=dict)
    overrides: Sequence[Override] = ()
    side_texts: Mapping[str, str] = field(default_factory=dict)

    def plainly(self) -> Asking:
        """Return the same without values for a graph: for the graph that it is judged by."""
        return replace(self, parameters={}, overrides=(), side_texts={})


@dataclass
class Side:
    """One of the sides that are compared.

    Attributes:
        name: in reports.
        scores: of the samples that it answered.
        not_answered: the others.
        missing_because: in words, why some were never asked.
    """

    name: str
    scores: Scores
    not_answered: NotAnswered
    missing_because: str = "without answer"


class Interrupted(Exception):
    """The user stopped the evaluation.

    Attributes:
        words: what is kept of it.
    """

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


@dataclass(frozen=True)
class Judge:
    """What is the same for every side: the data set, the rules, and who watches.

    Attributes:
        dataset: the samples.
        found: what a pass over them has found.
        rules: of scoring.
        columns: by which results are grouped; others are not kept.
        progress: is told how far it is.
        should_stop: tells whether the user wants to stop.
        files: of the answers that graphs gave; they are kept until `end`.
    """

    dataset: Dataset
    found: Survey
    rules: Rules
    columns: Sequence[str]
    progress: Progress
    should_stop: Callable[[], bool]
    files: list[Path] = field(default_factory=list)

    def end(self) -> None:
        """Note that all sides are scored: the next evaluation asks anew."""
        for path in self.files:
            note_end(path)

    def side(self, text: str, asking: Asking) -> Side:
        """Ask a graph, or read recorded answers, and score them.

        Args:
            text: a graph, or a file of answers.
            asking: how a graph is asked.

        Raises:
            Interrupted: the user stopped it.
            ConfigError: the graph is wrong.
            UsageError: the graph can't be evaluated, or the answers can't be read.
        """
        if is_recorded(text):
            path = Path(text).expanduser()
            return self._scored(path.name, RecordedAnswers(path, tuple(self.found.clips)))
        graph = evaluable_graph(
            text,
            parameters=asking.parameters,
            overrides=asking.overrides,
            is_given_regions=asking.disturbance is not None,
        )
        values = decode_side_values(graph.plan, asking.side_texts)
        provide_files(graph.plan, may_fetch=asking.may_fetch, say=self.progress.say)
        names = sorted(set(resource_names(graph.plan)))
        setting = Setting(
            is_tracking=asking.is_tracking,
            regions=_regions(asking.disturbance),
            regions_text=repr(asking.disturbance),
            side_packets=values,
            models=tuple(default_store().find(name) for name in names),
            workers=asking.workers,
            keeping=asking.keeping,
        )
        answers = GraphAnswers(graph, setting, self.dataset, self.found, ANSWERS_FOLDER)
        self.files.append(answers.file.path)
        with answers.file:
            self._run(answers)
            side = self._scored(graph.path.stem, answers.file)
            return side if asking.disturbance is None else replace(side, missing_because=_NO_REGION)

    def _run(self, answers: GraphAnswers) -> None:
        total, path = answers.total, answers.file.path
        if answers.kept:
            self.progress.say(
                f"{answers.kept} of {total} samples were answered before ({path}); "
                "--fresh asks for all of them anew"
            )
        for done in answers.run(self.should_stop):
            self.progress.show(done, total)
        if self.should_stop():
            raise Interrupted(
                f"{answers.done} of {total} samples are answered; "
                f"the same command goes on from there ({path})"
            )

    def _scored(self, name: str, answers: Answers) -> Side:
        not_answered = NotAnswered()
        found = scored(self._samples(), answers, not_answered)
        return Side(name, Scores(self.rules).add_all(found), not_answered)

    def _samples(self) -> Iterator[Sample]:
        """Yield the samples with the columns that are wanted alone: a row is kept of each."""
        for sample in self.dataset.samples():
            groups = {name: sample.groups[name] for name in self.columns if name in sample.groups}
            yield replace(sample, groups=groups)


def _regions(disturbance: Disturbance | None) -> Callable[[Sample], Any] | None:
    if disturbance is None:
        return None
    return lambda sample: region_from_truth(sample, disturbance)
