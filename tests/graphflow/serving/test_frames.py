"""Frames: landmarks joined by time, and frames with nobody in them."""

from __future__ import annotations

from graphflow.serving.frames import WAITING_MAX, Frame, FrameJoin
from graphflow.words.packet import Packet


def test_a_frame_is_told_when_every_stream_is_settled_there() -> None:
    join = FrameJoin(("A", "B"))
    assert join.add("A", Packet("a", 10)) == []
    assert join.add("B", Packet("b", 10)) == [Frame(1, 10, {"A": "a", "B": "b"})]


def test_a_stream_that_is_settled_without_a_packet_is_missing() -> None:
    join = FrameJoin(("A", "B"))
    join.add("A", Packet("a", 10))
    assert join.add("B", Packet(None, 30)) == [Frame(1, 10, {"A": "a"})]


def test_a_settled_time_alone_is_no_frame_and_a_marked_one_is() -> None:
    join = FrameJoin(("A",))
    assert join.add("A", Packet(None, 10)) == []
    assert join.mark(10) == [Frame(1, 10)]
    assert join.mark(20) == []
    assert join.add("A", Packet(None, 20)) == [Frame(2, 20)]


def test_a_mark_after_its_landmarks_is_not_told_again() -> None:
    join = FrameJoin(("A",))
    assert len(join.add("A", Packet("a", 10))) == 1
    assert join.mark(10) == []


def test_times_only_rise() -> None:
    join = FrameJoin(("A",))
    join.add("A", Packet("a", 20))
    assert join.mark(10) == []
    assert join.add("A", Packet("late", 15)) == []
    assert join.add("A", Packet("b", 30)) == [Frame(2, 30, {"A": "b"})]


def test_a_stream_that_never_settles_holds_back_a_bounded_number_of_frames() -> None:
    join = FrameJoin(("A", "B"))
    told = [frame for at in range(200) for frame in join.add("A", Packet(at, at))]
    assert [frame.timestamp for frame in told] == list(range(200 - WAITING_MAX))
    assert [frame.number for frame in join.rest()] == list(range(200 - WAITING_MAX + 1, 201))


def test_marks_alone_are_frames_where_nothing_is_joined() -> None:
    assert FrameJoin(()).mark(5) == [Frame(1, 5)]
