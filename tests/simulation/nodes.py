"""Calculators of the corpus that `engine_kit` does not have."""

from __future__ import annotations

from typing import Any

from graphflow import Calculator, Context, Contract, Options, Packet
from graphflow.nodes.options import NoOptions
from graphflow.words.timestamp import POSTSTREAM
from tests.graphflow.engine_kit import ANY_PORTS, packet_of


class Seen(Calculator[NoOptions]):
    """What each call sees, at rising times of its own: (time, values)."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def open(self, context: Context) -> None:
        self.count = 0

    def process(self, context: Context) -> None:
        values = tuple(each.get() for each in context.inputs)
        context.outputs[0].add(Packet((context.timestamp, values), self.count))
        self.count += 1


class Announce(Calculator[NoOptions]):
    """Passes packets on; its header is one more than that of its input, or 1."""

    contract = Contract(**ANY_PORTS, reads_headers=True)

    def open(self, context: Context) -> None:
        self.header = (context.inputs[0].header or 0) + 1
        context.outputs[0].set_header(self.header)

    def process(self, context: Context) -> None:
        context.outputs[0].emit((self.header, context.inputs[0].value))


class Arrivals(Calculator[NoOptions]):
    """The packets of all inputs in the order in which they come."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def open(self, context: Context) -> None:
        self.count = 0

    def process(self, context: Context) -> None:
        for given in context.inputs:
            if given.packet is not None:
                context.outputs[0].add(Packet(given.value, self.count))
                self.count += 1


class Later(Calculator[NoOptions]):
    """Passes every second packet of a row of fives on, 5 microseconds later."""

    contract = Contract(**ANY_PORTS, timestamp_offset=5)

    def process(self, context: Context) -> None:
        packet = packet_of(context.inputs[0])
        if packet.timestamp % 10 == 0:
            context.outputs[0].add(packet.at(packet.timestamp + 5))


class Liar(Calculator[NoOptions]):
    """Promises an offset of 5, and breaks it at a time."""

    contract = Contract(**ANY_PORTS, timestamp_offset=5)

    def process(self, context: Context) -> None:
        offset = 5 if context.timestamp < 20 else -8
        context.outputs[0].add(Packet(context.timestamp, context.timestamp + offset))


class Delay(Calculator[NoOptions]):
    """A unit delay: seeds its loop with a zero, then passes everything one microsecond later."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def open(self, context: Context) -> None:
        context.outputs[0].add(Packet(0, 0))

    def process(self, context: Context) -> None:
        packet = packet_of(context.inputs[0])
        context.outputs[0].add(packet.at(packet.timestamp + 1))


class Total(Calculator[NoOptions]):
    """The sum of what comes and of what came before; nothing where nothing comes."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        number, before = context.inputs
        if number.packet is not None:
            context.outputs[0].emit(number.value + before.value)


class SumAtEnd(Calculator[NoOptions]):
    """Adds up, and tells the sum when it is closed."""

    contract = Contract(**ANY_PORTS, timestamp_offset=None)

    def open(self, context: Context) -> None:
        self.sum = self.time = 0

    def process(self, context: Context) -> None:
        self.sum += context.inputs[0].value
        self.time = context.timestamp

    def close(self, context: Context) -> None:
        context.outputs[0].add(Packet(self.sum, self.time + 1))


class TwoOutputs(Calculator[NoOptions]):
    """Everything on the first output; on the second what comes before 3, then it is closed."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        first, second = context.outputs
        first.emit(context.inputs[0].value)
        if context.timestamp < 3:
            second.emit(context.inputs[0].value)
        else:
            second.close()


class StumbleOptions(Options):
    nth: int = 4


class Stumble(Calculator[StumbleOptions]):
    """Passes everything on, but fails at every nth value, after it emitted it."""

    contract = Contract(**ANY_PORTS, options=StumbleOptions)

    def process(self, context: Context) -> None:
        context.outputs[0].add(packet_of(context.inputs[0]))
        if context.inputs[0].value % self.options.nth == 0:
            raise ValueError(f"no {context.inputs[0].value}")


class Named(Calculator[NoOptions]):
    """The class of each payload, which unlike an error is the same in every run."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].emit(type(context.inputs[0].value).__name__)


class LastWord(Calculator[NoOptions]):
    """A source of one packet after everything."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        context.outputs[0].add(Packet("the end", POSTSTREAM))
        context.stop()


class Thrice(Calculator[NoOptions]):
    """A source of three packets in one call, the last cut off by a fault."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        for time in range(3):
            context.outputs[0].add(Packet(time, time))
        context.stop(OSError("cut off"))


class SideOf(Calculator[NoOptions]):
    """Makes a side packet of the first packet of its stream."""

    contract = Contract(**ANY_PORTS)

    def open(self, context: Context) -> None:
        self.is_made = False

    def process(self, context: Context) -> None:
        if not self.is_made:
            context.side_outputs[""] = context.inputs[0].value
            self.is_made = True


class Tracks(Calculator[NoOptions]):
    """A list of as many elements as the number says, or nothing at all for multiples of 3."""

    contract = Contract(**ANY_PORTS)

    def process(self, context: Context) -> None:
        number: Any = context.inputs[0].value
        if number % 3:
            context.outputs[0].emit([number * 10 + each for each in range(number % 4)])
