"""Trace: who ran when on which thread, what for, and what it waited for.

Theory of operation
===================

A traced run has another machine, `TracingScheduler`, which notes what the scheduler does and when;
and each call of user code is put between two looks at the clock. A run without a trace has neither,
so it pays nothing.

What is written down with the driver's key are *notes*: one tuple a turn of a worker, without
whatever follows from the notes before. In batches, without the key, a `NoteReader` makes
*events* of them, and these are handed to the *sinks*: by a thread of the trace's own, the
`Courier`, that is rung by a worker which is about to call user code and finds the notes many, or
old; where a graph has no threads, by that call itself. Workers that get far ahead of the courier
help it, so memory is bounded by that, and by what a sink keeps. The last batch is handed over in
the report that ends the run, before anybody who waits for the end is woken.

Every sink gets the same events: `TraceFile` writes a Chrome trace as the run goes, `Profile` adds
up what each node did, and `Timeline` keeps calls for a report. Times are nanoseconds of one clock,
`time.perf_counter_ns` unless a test gives another.

A call's life: its first packet *arrives*; the node becomes *ready*; a worker takes it, and it
*began*; it *ended*. From arrival to ready is *waiting*: for packets or bounds on other inputs, or
for the node's earlier call. From ready to begin is *queued*: for a worker. The rest is *busy*.
"""

from __future__ import annotations

from graphflow.running.profile import NodeProfile
from graphflow.trace.chrome import TraceFile
from graphflow.trace.events import Arrival, Event, Lengths, Lost, Moment, ThreadSeen, TracedCall
from graphflow.trace.passport import Leg, passports
from graphflow.trace.profile import Profile
from graphflow.trace.timeline import Timeline
from graphflow.trace.tracer import Tracer, TraceSink

__all__ = [
    "Arrival",
    "Event",
    "Leg",
    "Lengths",
    "Lost",
    "Moment",
    "NodeProfile",
    "Profile",
    "ThreadSeen",
    "Timeline",
    "TraceFile",
    "TraceSink",
    "TracedCall",
    "Tracer",
    "passports",
]
