"""Calculators for tests of recordings."""

from __future__ import annotations

from graphflow import Calculator, Context, Contract, Port
from graphflow.nodes.options import NoOptions, Options
from graphflow.nodes.registry import Registry
from graphflow.running.clock import CLOCK


class FactorOptions(Options):
    factor: int = 1


class EvenCalculator(Calculator[NoOptions]):
    """Lets even numbers pass, and fails at -13."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),))

    def process(self, context: Context) -> None:
        number = context.inputs[0].value
        if number == -13:
            raise ValueError("unlucky")
        if number % 2 == 0:
            context.outputs[0].emit(number)


class SumCalculator(Calculator[FactorOptions]):
    """Adds up, and tells the sum also where nothing came."""

    contract = Contract(
        inputs=(Port("IN", int), Port("TICK", int)),
        outputs=(Port("SUM", object),),
        side_inputs=(Port("START", int),),
        options=FactorOptions,
        process_timestamps=True,
    )

    def open(self, context: Context) -> None:
        self.sum = context.side_inputs["START"]

    def process(self, context: Context) -> None:
        self.sum += self.options.factor * context.inputs["IN"].get(0)
        context.outputs["SUM"].emit({"sum": self.sum})


class Opaque:
    """A side packet without codec."""

    def __init__(self, gain: int) -> None:
        self.gain = gain


class MakeOpaqueCalculator(Calculator[NoOptions]):
    """Makes a side packet that can't be recorded, of one that can."""

    contract = Contract(side_inputs=(Port("GAIN", int),), side_outputs=(Port("OPAQUE", Opaque),))

    def open(self, context: Context) -> None:
        context.side_outputs["OPAQUE"] = Opaque(context.side_inputs["GAIN"])


class GainCalculator(Calculator[NoOptions]):
    """Multiplies by a side packet, tells its format in a header, and reads one."""

    contract = Contract(
        inputs=(Port("", int),),
        outputs=(Port("", int),),
        side_inputs=(Port("OPAQUE", Opaque),),
        reads_headers=True,
    )

    def open(self, context: Context) -> None:
        self.gain = context.side_inputs["OPAQUE"].gain
        self.unit = context.inputs[0].header
        context.outputs[0].set_header([self.unit, self.gain])

    def process(self, context: Context) -> None:
        extra = {"tens": 10, None: 0}[self.unit]
        context.outputs[0].emit(context.inputs[0].value * self.gain + extra)


class StampCalculator(Calculator[NoOptions]):
    """Tells the time of the clock."""

    contract = Contract(inputs=(Port("", int),), outputs=(Port("", int),), services=(CLOCK,))

    def process(self, context: Context) -> None:
        context.outputs[0].emit(context.service(CLOCK).now_us)


def kit_registry() -> Registry:
    own = Registry()
    for each in (
        *(EvenCalculator, SumCalculator, MakeOpaqueCalculator, GainCalculator, StampCalculator),
    ):
        own.register(each)
    return own
