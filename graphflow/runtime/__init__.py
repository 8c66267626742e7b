"""The machine: a pure scheduler. Tell it what happened; ask it what to do next.

Theory of operation
===================

Reports change the machine: `add`, `advance` and `close_input` from graph inputs; `finish` and
`fail` from workers; `cancel`, `pause` and `resume` from the caller. One question is asked of it:
`take(pool)` returns an `Invocation` to perform, or None. `finish_and_take` is `finish`, then
`take`, in one step. Nothing else mutates it. It has no thread, lock, clock, logger or randomness:
given the same reports in the same order it gives the same answers, and whoever drives it sees to
it that calls don't overlap.

The rules:

1. *Deliver*. A packet's time must reach its stream's bound; the bound becomes the next time.
2. *Settle*. After each report, nodes whose watched queue moved are looked at again, from a work
   list, to a fixed point. A waiting node with an offset hands its lowest input bound on. Bounds
   only grow.
3. *Ready*. The node's input policy says ready, wait or close, from queues alone.
4. *Priority*. Opens first, then nodes nearest the outputs, sources last; fixed in the plan. A
   node opens when the side packets it needs are made; one that reads headers, when the nodes that
   feed it, back edges left out, are open.
5. *Release*. Results of a node allowed several invocations in flight leave in dispatch order.
6. *Layers*. Sources of a higher layer run when the graph is idle and the lower ones are closed.
7. *Skip*. A failed call of a node that is to skip errors counts as one that emitted nothing. If
   they go to a stream, the error is a packet there; the stream is settled as the node's calls are.
8. *Fail*. After the first error or a cancel, `take` offers only CLOSE, to opened nodes; late
   results are dropped.
9. *Throttle*. A source or graph input waits while any queue downstream of it is full. When nothing
   can run, full queues grow by one, or the run fails where deadlocks are to be reported.
10. *Stuck*. Nothing in flight, nothing ready, all inputs closed, nodes still open: the run fails
   with `GraphStuck`, which names each waiting node, its stream and the bound.

A run's phases (phase, cause, next phase)::

    RUNNING  pause, before the end             PAUSED: `take` offers nothing
    PAUSED   resume                            RUNNING
    RUNNING  an error, cancel, stuck           FAILED: `take` offers CLOSE, by rule 8
    PAUSED   an error, cancel                  FAILED

A node's life (state, cause, next state)::

    NEW      take OPEN                         OPENING
    NEW      the run failed                    CLOSED
    OPENING  finish                            OPEN
    OPENING  fail                              CLOSED, without a close call
    OPEN     take PROCESS, finish, fail        OPEN
    OPEN     take CLOSE: inputs done, none in flight, or the run failed    CLOSING
    CLOSING  finish, fail                      CLOSED, outputs done

The invariants are in `graphflow.runtime.invariants`, which the simulation asserts after every
report. The shape is that of MediaPipe's scheduler (framework/scheduler.cc) with its locks taken
out.

Reading order: `elements` (the parts), `scheduler`, which is the machine and its only door, and
`policies` (when a node may run). Behind the door, by rule: `delivery` (1), `settling` (2),
`taking` (3, 4), `opening` (4), `releasing` (5, 7), `source_layers` (6), `ending` (8), `throttle`
(9) and `run_state`, what holds for the run as a whole. `assembly` makes the parts of a plan;
`explanation`, with `blame` (who waits for whom) and `remedies`, and `ledger` only look.
"""
