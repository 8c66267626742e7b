"""The work of `graphflow run`: from what the command line asks for to what came of it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import AbstractContextManager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Final, TextIO

from graphflow.commands.assignments import overrides_of, parameters_of, side_texts_of
from graphflow.commands.faults import fault_text, tracebacks
from graphflow.commands.interruption import Interruption
from graphflow.commands.live_options import live_side_texts
from graphflow.commands.needed_files import provide_files
from graphflow.commands.notices import TerminalNotices
from graphflow.commands.offline_request import is_comparison, run_comparison
from graphflow.commands.preview import Preview, looker, preview_of
from graphflow.commands.progress import Progress, progress_on, watch_on
from graphflow.commands.recording import end_recording, start_recording
from graphflow.commands.requests import RunRequest
from graphflow.commands.rerun_view import end_view, start_view
from graphflow.commands.serving import end_serving, serving
from graphflow.commands.side_values import (
    INPUT,
    OUTPUT,
    bundled_defaults,
    decode_side_values,
    make_default_folder,
    paths_of,
    refuse_shared_paths,
    settable,
)
from graphflow.commands.standstill import interruption_text, stall_text
from graphflow.commands.summary import Summary, Tally, WrittenFiles, busiest_first, loss_rows
from graphflow.commands.tracing import Traces, profile_text, traces_of
from graphflow.graph import Graph
from graphflow.loading import Override, find_graph
from graphflow.plan import Plan
from graphflow.running.notices import NOTICES
from graphflow.running.stalls import Stall
from graphflow.runtime.ledger import Loss
from graphflow.words.diagnostics import listed
from graphflow.words.errors import (
    CalculatorError,
    GraphCancelled,
    GraphflowError,
    SeveralErrors,
    UsageError,
)
from graphflow.words.quick_dataclass import dataclass
from graphflow.words.waits import indented

TICK_SECONDS: Final = 0.1
"""How often the waiting thread redraws the bar and asks for signals."""


@dataclass(frozen=True)
class _Run:
    """A run that is asked for, and what watches it."""

    path: Path
    graph: Graph
    request: RunRequest
    values: dict[str, Any]
    tally: Tally
    traces: Traces
    written: WrittenFiles
    notices: TerminalNotices


def execute(request: RunRequest, stdout: TextIO, stderr: TextIO) -> int:
    """Run a graph as asked; return the exit code.

    Raises:
        ConfigError: the graph is wrong.
        UsageError: the request does not fit the graph.
        ResourceError: a model file is missing or damaged.
    """
    if request.once and not request.watch:
        raise UsageError("--once goes with --watch")
    path = find_graph(request.graph)
    graph = _load(path, request)
    plan = graph.plan
    _refuse_open_inputs(plan)
    values = decode_side_values(plan, _side_texts(plan, request))
    values |= bundled_defaults(plan, values)
    refuse_shared_paths(plan, values)
    provide_files(plan, may_fetch=not request.offline, say=partial(_say, stderr))
    if is_comparison(request):
        return run_comparison(path, partial(_load, path, request), values, request, stdout, stderr)
    make_default_folder(plan, values)
    run = _Run(
        path,
        graph,
        request,
        values,
        tally=Tally(graph, plan),
        traces=traces_of(request.trace, request.report, has_profile=request.profile),
        written=WrittenFiles(paths_of(plan, values)),
        notices=TerminalNotices(),
    )
    return _carry_out(run, stdout, stderr)


def _carry_out(run: _Run, stdout: TextIO, stderr: TextIO) -> int:
    """Run the graph with all that watches it, and report; return the exit code."""
    request, graph, say = run.request, run.graph, partial(_say, stderr)
    recorder = start_recording(
        graph,
        request.record,
        streams=request.record_streams,
        nodes=request.record_nodes,
        skips_unknown=request.record_skips_unknown,
    )
    view = start_view(graph, request.rerun)
    graph.set_service(NOTICES, run.notices)
    served = serving(graph, request.serve, request.serve_stream, say)
    began = time.perf_counter()
    shown = preview_of(graph, is_wanted=request.show)
    with served as server, shown as preview, Interruption() as interruption:
        with _progress(graph, request, stderr) as progress:
            error = _drive(run, progress, interruption, preview)
            run.notices.pass_on(progress.say)
            error = end_recording(recorder, error)
        status = "interrupted" if interruption.signal else "failed" if error else "done"
        summary = _summary(run, status, error, time.perf_counter() - began)
        if request.no_drops and status == "done" and summary.losses:
            error = _loss_error(summary.losses)
            summary = replace(summary, status="failed", error=str(error))
        end_serving(server, summary.status, error)
        run.traces.write_report(graph, summary.facts)
        for fault in (run.traces.fault, end_view(view)):
            if fault:
                say(fault)
        _report(summary, error, request, stdout, stderr)
        if preview is not None and summary.status == "done":
            preview.stay(lambda: bool(interruption.signal))
    if interruption.signal:
        return interruption.exit_code
    return 1 if error else 0


def _say(stderr: TextIO, text: str) -> None:
    print(text, file=stderr, flush=True)


def _summary(run: _Run, status: str, error: GraphflowError | None, seconds: float) -> Summary:
    graph, tally = run.graph, run.tally
    nodes = graph.plan.nodes
    return Summary(
        status=status,
        graph=str(run.path),
        frames=tally.frames,
        frames_with_pose=tally.frames_with_pose,
        ages=tally.ages,
        sources=tuple(node.name for node in nodes if node.is_source),
        seconds=seconds,
        nodes=busiest_first(graph.node_times()),
        files=run.written.names(),
        error=str(error) if error else "",
        ledger=graph.ledger() if graph.has_run else None,
        skipped_error="".join(str(each) for each in graph.skipped_errors[-1:]),
        profile=run.traces.rows(len(nodes)),
        notices=tuple(run.notices.kept),
    )


def _load(path: Path, request: RunRequest, more: Sequence[Override] = ()) -> Graph:
    """Load the graph as asked for, with further options set."""
    overrides = (*overrides_of(request.set), *more)
    return Graph.load(path, overrides=overrides, parameters=parameters_of(request.param))


def _loss_error(losses: Sequence[Loss]) -> GraphflowError:
    return GraphflowError("the run lost packets (--no-drops)\n" + indented(loss_rows(losses)))


def _drive(
    run: _Run, progress: Progress, interruption: Interruption, preview: Preview | None
) -> GraphflowError | None:
    """Run the graph to its end; return what it failed of."""
    graph, request, tally = run.graph, run.request, run.tally
    try:
        graph.start(run.values, threads=request.threads, trace=run.traces.tracer)
    except CalculatorError as error:
        return error
    with ThreadPoolExecutor(1, "wait") as pool:
        # This thread must stay free to hear signals and to redraw the bar, so another one waits.
        ended: Future[None] = pool.submit(graph.wait_until_done)
        is_cancelled = False
        tell_stall = _stall_teller(graph, request, progress)
        has_ended = looker(preview, TICK_SECONDS)
        while not has_ended(ended):
            progress.show(tally.frames, _total(tally, request), tally.note)
            run.notices.pass_on(progress.say)
            tell_stall()
            if interruption.signal and not is_cancelled:
                is_cancelled = True
                if not request.quiet:
                    progress.say(interruption_text(graph.explain()))
                graph.cancel()
    try:
        ended.result()
    except GraphflowError as error:
        return _without_cancellation(error)
    return None


def _progress(
    graph: Graph, request: RunRequest, stderr: TextIO
) -> AbstractContextManager[Progress]:
    if request.watch:
        return watch_on(stderr, graph.snapshot, is_once=request.once)
    return progress_on(stderr, is_quiet=request.quiet)


def _stall_teller(graph: Graph, request: RunRequest, progress: Progress) -> Callable[[], None]:
    """Return what says why the run has stalled, if it has and if that is asked for."""
    seconds = request.stall_after
    if seconds is None:
        return lambda: None
    stall = Stall(graph.current_run, seconds)

    def tell() -> None:
        waits = stall.look(time.monotonic())
        if waits:
            progress.say(stall_text(waits, seconds))

    return tell


def _without_cancellation(error: GraphflowError) -> GraphflowError | None:
    """Return an error, None if it only says that the run was cancelled: we know."""
    if isinstance(error, GraphCancelled):
        return None
    if isinstance(error, SeveralErrors):
        others = [each for each in error.errors if not isinstance(each, GraphCancelled)]
        return SeveralErrors(others) if others else None
    return error


def _total(tally: Tally, request: RunRequest) -> int | None:
    known = [count for count in (tally.total, request.max_frames) if count]
    return min(known, default=None)


def _side_texts(plan: Plan, request: RunRequest) -> dict[str, str]:
    """Return all side packets that the request gives, those with options of their own included."""
    texts = side_texts_of(request.side)
    given = {
        "-i": (INPUT, request.input),
        "-o": (OUTPUT, request.output),
        "--max-frames": ("max_frames", request.max_frames),
    }
    for option, (name, value) in given.items():
        if value is None:
            continue
        if name not in settable(plan):
            known = listed(sorted(settable(plan)))
            raise UsageError(
                f'{option}: the graph has no side packet "{name}"\n  hint: it has {known}'
            )
        if name in texts:
            raise UsageError(f'"{name}" is given twice, by {option} and by --side')
        texts[name] = str(value)
    return texts | live_side_texts(
        plan,
        texts,
        is_realtime=request.realtime or request.compare_offline,
        max_latency_ms=request.max_latency,
    )


def _refuse_open_inputs(plan: Plan) -> None:
    if plan.inputs:
        names = listed([f'"{plan.streams[index].name}"' for index in plan.inputs])
        raise UsageError(
            f"the graph has input streams ({names}), which a command line can't feed\n"
            "  hint: run a graph with a source, or feed this one from Python: Graph.add_packet"
        )


def _report(
    summary: Summary,
    error: GraphflowError | None,
    request: RunRequest,
    stdout: TextIO,
    stderr: TextIO,
) -> None:
    if error is not None:
        if request.traceback:
            print(tracebacks(error), file=stderr, end="")
        print(fault_text(error, show_source=stderr.isatty()), file=stderr)
    if summary.status == "interrupted":
        print("interrupted; the files written so far are closed", file=stderr)
    if summary.profile and not request.quiet:
        print(profile_text(summary.profile), file=stderr)
    if request.as_json:
        print(summary.as_json(), file=stdout)
    elif not request.quiet and (summary.frames or error is None):
        print(summary.as_text(), file=stdout)
