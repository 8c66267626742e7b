"""RerunLog: watches a graph, and tells the Rerun viewer what it sees."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Sequence
from datetime import timedelta
from functools import partial
from queue import Full, Queue
from typing import Any, Final

from graphflow.graph import Graph
from graphflow.viewing.connecting import open_target
from graphflow.viewing.graph_view import graph_views
from graphflow.viewing.queue_columns import TIME_LINE, Lengths, QueueColumns
from graphflow.viewing.target import Target
from graphflow.words import timestamp as time_of
from graphflow.words.closing import Closing
from graphflow.words.errors import UsageError, describe
from graphflow.words.packet import Packet
from graphflow.words.views import Space, View, ViewModule, views

BOX_MAX: Final = 64
"""Packets that wait to be shown: some ten frames, for each holds its picture in memory."""

COLUMN_MAX: Final = 50
"""Frames whose queue lengths are sent together: one by one they would cost ten times as much."""

FRAMES_MAX: Final = 1000
"""Times of frames that are remembered, to tell where a stream that fell silent had nothing."""

FLUSH_SECONDS: Final = 5.0
"""How long the end of a run waits for a viewer to take what was sent to it."""

_Shown = tuple[int, Packet, "Lengths | None"]


class RerunLog(Closing):
    """Shows one run of a graph in the Rerun viewer.

    For example::

        with RerunLog(target_of("run.rrd"), graph):
            graph.run({"input_path": "clip.mp4"})

    Args:
        target: a viewer or a file.
        graph: not started yet.

    Attributes:
        left_out: packets that were not shown, for the viewer's library could not keep up.
        fault: what kept the rest from being shown; "" for nothing.

    Raises:
        UsageError: rerun-sdk is missing, no viewer is to be had, or the graph is running.
        OSError: the file can't be written.
    """

    def __init__(self, target: Target, graph: Graph) -> None:
        self._rerun = rerun = _rerun()
        self.left_out = 0
        self.fault = ""
        self._graph = graph
        self._plan = plan = graph.plan
        self._modules: Sequence[ViewModule] = ()
        self._box: Queue[_Shown | None] = Queue(BOX_MAX)
        self._picture, self._size_px = -1, (0, 0)
        self._frames: deque[int] = deque(maxlen=FRAMES_MAX)
        self._present: dict[int, tuple[str, int]] = {}
        self._columns = QueueColumns(plan)
        self._stream: Any = rerun.RecordingStream(f"graphflow {plan.type}".strip())
        # The one time is the graph's; on the machine's own a run can't be compared with another.
        self._stream.set_log_time_enabled(False)
        self._stream.set_log_tick_enabled(False)
        open_target(self._stream, target, _layout())
        self._watch()
        self._thread = threading.Thread(target=self._show_all, name="rerun", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Show what is left, and end the log; after the run. Again, it does nothing."""
        if self._thread.is_alive():
            self._box.put(None)
            self._thread.join()

    # ---- the beginning -------------------------------------------------------------------------

    def _watch(self) -> None:
        """Put observers on what comes into the graph and on what it gives."""
        plan, graph = self._plan, self._graph
        entries = [*plan.inputs]
        for node in plan.nodes:
            if node.is_source:
                entries += [each.stream for each in node.outputs]
        for position, index in enumerate(dict.fromkeys(entries)):
            callback = partial(self._take, index, is_first=position == 0)
            graph.observe(plan.streams[index].name, callback)
        for index in dict.fromkeys(plan.outputs):
            if index not in entries:
                callback = partial(self._take, index, is_first=False)
                graph.observe(plan.streams[index].name, callback, sees_bounds=True)

    # ---- in the graph's threads ----------------------------------------------------------------

    def _take(self, index: int, packet: Packet, *, is_first: bool) -> None:
        """Take a packet to be shown, and with a frame's first one the length of every queue."""
        if not time_of.is_range_value(packet.timestamp):
            return
        lengths = self._graph.queue_lengths() if is_first else None
        try:
            self._box.put_nowait((index, packet, lengths))
        except Full:
            self.left_out += 1

    # ---- in a thread of its own -----------------------------------------------------------------

    def _show_all(self) -> None:
        """Show what comes until the end; after a fault nothing more."""
        try:
            self._show_lasting()
        except Exception as error:
            self.fault = describe(error)
        while (shown := self._box.get()) is not None:
            if not self.fault:
                try:
                    self._show(*shown)
                except Exception as error:
                    self.fault = describe(error)
        try:
            self._columns.send(self._rerun, self._stream)
            self._stream.flush(timeout_sec=FLUSH_SECONDS)
            self._stream.disconnect()
        except Exception as error:
            self.fault = self.fault or describe(error)

    def _show_lasting(self) -> None:
        self._modules = views.modules()
        self._stream.log("graph", *graph_views(self._rerun, self._plan), static=True, strict=True)
        for module in self._modules:
            for path, what in module.lasting_views():
                self._stream.log(path, what, static=True, strict=True)

    def _show(self, index: int, packet: Packet, lengths: Lengths | None) -> None:
        time = packet.timestamp
        if lengths is not None:
            self._frames.append(time)
            self._columns.add(time, lengths)
            if self._columns.count >= COLUMN_MAX:
                self._columns.send(self._rerun, self._stream)
        if packet.value is None:
            self._clear(index, time)
            return
        view = self._view_of(packet.value, self._plan.streams[index].type)
        if view is not None:
            path = self._path_of(index, view)
            self._present[index] = path, time
            self._log(time, path, view.what)

    def _clear(self, index: int, until: int) -> None:
        """Take away what is shown of a stream, from the first frame that it has nothing for."""
        path, since = self._present.get(index, ("", until))
        bare = next((time for time in self._frames if since < time <= until), None)
        if bare is not None:
            del self._present[index]
            self._log(bare, path, self._rerun.Clear(recursive=False))

    def _log(self, time: int, path: str, what: Any) -> None:
        self._stream.set_time(TIME_LINE, duration=timedelta(microseconds=time))
        self._stream.log(path, what, strict=True)

    def _view_of(self, payload: Any, kind: object) -> View | None:
        if isinstance(payload, bool | int | float):
            return View(Space.VALUES, self._rerun.Scalars(float(payload)))
        size_px = None if self._picture < 0 else self._size_px
        for module in self._modules:
            found = module.view_of(payload, kind, size_px)
            if found is not None:
                return found
        return None

    def _path_of(self, index: int, view: View) -> str:
        """Return the path of a stream; the first picture is what everything else is drawn on."""
        root = view.space.value
        if view.size_px is not None:
            if self._picture in (-1, index):
                self._picture, self._size_px = index, view.size_px
            else:
                root = "other_pictures"
        return str(self._rerun.new_entity_path([root, self._plan.streams[index].name]))


def _layout() -> Any:
    from rerun import blueprint

    pictures = blueprint.Vertical(
        blueprint.Spatial2DView(origin="picture", name="picture"),
        blueprint.Spatial2DView(origin="other_pictures", name="other pictures"),
    )
    numbers = blueprint.Vertical(
        blueprint.Spatial3DView(origin="world", name="world"),
        blueprint.TimeSeriesView(origin="queues", name="queue lengths"),
        blueprint.TimeSeriesView(origin="values", name="values"),
    )
    graph = blueprint.GraphView(origin="graph", name="graph")
    return blueprint.Blueprint(blueprint.Horizontal(pictures, numbers, graph))


def _rerun() -> Any:
    try:
        import rerun
    except ImportError as error:
        raise UsageError(
            "--rerun needs rerun-sdk, which is for Python 3.11 and later\n"
            "  hint: pip install 'graphflow-perception[rerun]'"
        ) from error
    return rerun
