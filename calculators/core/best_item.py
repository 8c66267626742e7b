"""BestItemCalculator: the element with the highest score."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pydantic import Field

from graphflow import Calculator, Context, Contract, NodeShape, Options, Port, register
from graphflow.words.errors import ContractError


class BestItemOptions(Options):
    """What is good enough."""

    min_score: float | None = Field(None, description="lowest score that is taken; none: any")


@register
class BestItemCalculator(Calculator[BestItemOptions]):
    """Take the element with the highest score out of a collection, and what belongs to it.

    Timing: one element at each time at which SCORES has a packet, unless it is empty or the highest
    score is below `min_score`. Of equal scores the first one counts.

    Ports: SCORES, a collection of numbers; ITERABLE, one or more collections, of as many elements;
    ITEM, for each of them the chosen element; SCORE, its score; INDEX, its position.

    Options: min_score (lowest score that is taken; any).

    Example:
        ```yaml
        input_stream: [scores, regions]
        output_stream: [best_region]
        node:
          - calculator: BestItemCalculator
            input_stream: ["SCORES:scores", "ITERABLE:regions"]
            output_stream: ["ITEM:best_region"]
            options: {min_score: 0.4}
        ```

    Source: ours
    """

    contract = Contract(
        inputs=(
            Port("SCORES", doc="numbers"),
            Port("ITERABLE", repeated=True, doc="sequences, as long as SCORES"),
        ),
        outputs=(
            Port("ITEM", optional=True, repeated=True, doc="the chosen element of each"),
            Port("SCORE", float, optional=True, doc="the highest score"),
            Port("INDEX", int, optional=True, doc="its position"),
        ),
        options=BestItemOptions,
    )

    @classmethod
    def contract_for(cls, node: NodeShape[BestItemOptions]) -> Contract:
        """Check that each ITEM has its ITERABLE.

        Raises:
            ContractError: one has none.
        """
        for index in node.outputs.indexes("ITEM"):
            if index not in node.inputs.indexes("ITERABLE"):
                raise ContractError(f"found output ITEM:{index}; expected input ITERABLE:{index}")
        return cls.contract

    def process(self, context: Context) -> None:
        """Choose from the collections of one time.

        Raises:
            ValueError: the collections differ in length.
        """
        if context.inputs["SCORES"].is_empty:
            return
        scores: Sequence[float] = context.inputs["SCORES"].value
        if not len(scores):
            return
        best = max(range(len(scores)), key=scores.__getitem__)
        if self.options.min_score is not None and scores[best] < self.options.min_score:
            return
        for each in context.inputs.tagged("ITERABLE"):
            self._emit_item(context, each.index, each.get(()), len(scores), best)
        if (score := context.outputs.get("SCORE")) is not None:
            score.emit(float(scores[best]))
        if (position := context.outputs.get("INDEX")) is not None:
            position.emit(best)

    def _emit_item(
        self, context: Context, index: int, elements: Sequence[Any], count: int, best: int
    ) -> None:
        if len(elements) != count:
            raise ValueError(
                f"found {len(elements)} elements in ITERABLE:{index} and {count} scores; "
                "expected as many"
            )
        if (item := context.outputs.get("ITEM", index)) is not None:
            item.emit(elements[best])
