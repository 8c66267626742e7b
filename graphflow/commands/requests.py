"""What the command lines ask for, as data; texts are not decoded yet."""

from __future__ import annotations

from collections.abc import Sequence

from graphflow.words.quick_dataclass import dataclass


@dataclass(frozen=True)
class RunRequest:
    """What `graphflow run` is asked for."""

    graph: str
    input: str | None = None
    output: str | None = None
    side: Sequence[str] = ()
    set: Sequence[str] = ()
    param: Sequence[str] = ()
    threads: int | None = None
    max_frames: int | None = None
    realtime: bool = False
    max_latency: int | None = None
    compare_offline: bool = False
    cost: Sequence[str] = ()
    costs: str | None = None
    offline: bool = False
    quiet: bool = False
    as_json: bool = False
    traceback: bool = False
    stall_after: float | None = None
    no_drops: bool = False
    record: str | None = None
    record_streams: str | None = None
    record_nodes: str | None = None
    record_skips_unknown: bool = False
    trace: str | None = None
    profile: bool = False
    report: str | None = None
    rerun: str | None = None
    serve: str | None = None
    serve_stream: Sequence[str] = ()
    show: bool = False
    watch: bool = False
    once: bool = False


@dataclass(frozen=True)
class EvalRequest:
    """What `graphflow eval` is asked for."""

    graph: str
    dataset: str = "sample"
    images: str | None = None
    mode: str | None = None
    shift: float = 0.0
    scale: float = 1.0
    roll: float = 0.0
    perturb: bool = False
    threshold: float = 0.2
    visibility_cut: float = 0.5
    group_by: Sequence[str] = ()
    criterion: float = 5.0
    group_min: int = 10
    unit: str | None = None
    seed: int = 0
    against: str | None = None
    json: str | None = None
    csv: str | None = None
    html: str | None = None
    bad_rows: str = "skip"
    resume: bool = False
    fresh: bool = False
    workers: int | None = None
    side: Sequence[str] = ()
    set: Sequence[str] = ()
    param: Sequence[str] = ()
    offline: bool = False
    quiet: bool = False
