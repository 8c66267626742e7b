"""A courier carries beside the workers; a tracer with one hands on there, and stays bounded."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import pytest

from graphflow.plan import Plan
from graphflow.trace import Event, Moment, Tracer
from graphflow.trace.courier import Courier
from graphflow.trace.notes import Note
from graphflow.trace.tracer import BACKLOG, SLICE

PATIENCE_SECONDS = 30.0


class Echo:
    """A reader: its notes are events already."""

    def read(self, notes: Sequence[Note], /) -> list[Event]:
        return [each for each in notes if isinstance(each, Moment)]


class Listening:
    """A sink that remembers how much came, and by which thread; or fails."""

    def __init__(self, fault: Exception | None = None) -> None:
        self.sizes: list[int] = []
        self.threads: list[str] = []
        self.has_flushed = threading.Event()
        self.fault = fault
        self.has_ended = False

    def begin(self, plan: Plan, start_ns: int) -> None:
        self.sizes.clear()

    def write(self, events: Sequence[Event]) -> None:
        if self.fault is not None:
            raise self.fault
        self.sizes.append(len(events))
        self.threads.append(threading.current_thread().name)

    def flush(self) -> None:
        self.has_flushed.set()

    def end(self) -> None:
        self.has_ended = True


@contextmanager
def tracing(sink: Listening) -> Iterator[Tracer]:
    tracer = Tracer(sink)
    tracer.begin(Plan((), ()), Echo())
    tracer.use_courier()
    try:
        yield tracer
    finally:
        sink.fault = None
        tracer.end()


def moments(count: int) -> list[Moment]:
    return [Moment(time, "so") for time in range(count)]


def test_a_ring_has_it_carry_in_a_thread_of_its_own() -> None:
    carried, names = threading.Event(), []

    def carry() -> None:
        names.append(threading.current_thread().name)
        carried.set()

    courier = Courier(carry, PATIENCE_SECONDS)
    courier.ring()
    assert carried.wait(PATIENCE_SECONDS)
    courier.end()
    assert names == ["graphflow-trace"]


def test_it_carries_now_and_then_without_a_ring() -> None:
    carried = threading.Event()
    courier = Courier(carried.set, 0.001)
    assert carried.wait(PATIENCE_SECONDS)
    courier.end()


def test_its_thread_is_gone_when_it_has_ended() -> None:
    before = threading.active_count()
    courier = Courier(lambda: None, PATIENCE_SECONDS)
    assert threading.active_count() == before + 1
    courier.end()
    assert threading.active_count() == before


def test_a_tracer_hands_on_in_its_couriers_thread_slice_by_slice() -> None:
    sink = Listening()
    with tracing(sink) as tracer:
        tracer.notes.extend(moments(2 * SLICE + 1))
        tracer.hand_on(0)
        assert sink.has_flushed.wait(PATIENCE_SECONDS)
        assert sink.sizes == [SLICE, SLICE, 1]
        assert set(sink.threads) == {"graphflow-trace"}


def test_a_worker_helps_when_too_much_has_piled_up() -> None:
    sink = Listening()
    with tracing(sink) as tracer:
        tracer.notes.extend(moments(BACKLOG))
        tracer.hand_on(0)
        assert not tracer.notes
        assert sum(sink.sizes) == BACKLOG


def test_what_is_left_is_handed_on_at_the_end() -> None:
    sink = Listening()
    with tracing(sink) as tracer:
        tracer.notes.extend(moments(3))
    assert sum(sink.sizes) == 3


def test_what_a_sink_raises_is_raised_once_in_a_worker() -> None:
    sink = Listening(ValueError("full"))
    with tracing(sink) as tracer:
        tracer.notes.append(Moment(0, "so"))
        courier = tracer._courier
        assert courier is not None
        tracer.hand_on(0)
        courier._thread.join(PATIENCE_SECONDS)
        with pytest.raises(ValueError, match="full"):
            tracer.hand_on(0)
        tracer.hand_on(0)


def test_what_a_sink_raised_after_the_last_call_is_raised_at_the_end() -> None:
    sink = Listening(ValueError("full"))
    with pytest.raises(ValueError, match="full"), tracing(sink) as tracer:
        tracer.notes.append(Moment(0, "so"))
        courier = tracer._courier
        assert courier is not None
        tracer.hand_on(0)
        courier._thread.join(PATIENCE_SECONDS)
    tracer.end()


def test_a_sink_that_raises_at_the_end_leaves_no_thread_and_no_open_sink() -> None:
    sink, before = Listening(), threading.active_count()
    with pytest.raises(ValueError, match="full"), tracing(sink) as tracer:
        tracer.notes.append(Moment(0, "so"))
        sink.write = raising(ValueError("full"))  # type: ignore[method-assign, assignment]
    assert threading.active_count() == before
    assert sink.has_ended


def test_nothing_is_written_or_flushed_after_the_end() -> None:
    sink = Listening()
    with tracing(sink) as tracer:
        pass
    sink.has_flushed.clear()
    tracer.notes.append(Moment(0, "late"))
    tracer.flush()
    assert not sink.has_flushed.is_set()
    assert not sink.sizes


def raising(fault: Exception) -> Callable[[Sequence[Event]], None]:
    def write(events: Sequence[Event]) -> None:
        raise fault

    return write
