"""A live run in a process of its own: the pose graph reads standard input, and tells its figures.

`benchmarks.live` starts it, and feeds it as a camera would.
"""

from __future__ import annotations

import json
import sys
import threading
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import av
import yaml
from pydantic import Field

from calculators.all_nodes import NODES
from calculators.media.upright import Upright
from calculators.types import RgbImage
from graphflow import Calculator, Context, Contract, Graph, Options, Packet, Port
from graphflow.graph import INLINE
from graphflow.loading import plan_from_text
from graphflow.nodes.registry import Registry
from graphflow.running.clock import CLOCK
from graphflow.running.distribution import Distribution
from graphflow.words.bundle import bundled_folder

GRAPH: Final = "pose_tracking_live"
CLIP: Final = Path(__file__).resolve().parent.parent / "samples" / "figure.mp4"
OWN_FRAMES: Final = 60


@dataclass(frozen=True)
class Settings:
    """One live run.

    Attributes:
        work_ms: how long each frame takes at least, from the entrance on; 0 for the pose alone.
        model_threads: of the landmark model.
        max_in_flight, max_in_queue, max_latency_ms: as in the graph.
        output: where the drawn video goes; "" for nowhere.
        own_rate: at which pace to measure first how long a frame takes alone; 0: don't.
    """

    work_ms: int = 0
    model_threads: int = 2
    max_in_flight: int = 1
    max_in_queue: int = 1
    max_latency_ms: int = 0
    output: str = ""
    own_rate: int = 0


class HoldOptions(Options):
    """Options of HoldCalculator."""

    hold_ms: int = Field(0, ge=0, description="how long a frame takes at least")


class HoldCalculator(Calculator[HoldOptions]):
    """Keep each frame until so much time has passed since it came in: work that takes long."""

    contract = Contract(
        inputs=(Port("IMAGE", RgbImage), Port("AGE", int)),
        outputs=(Port("IMAGE", RgbImage),),
        side_inputs=(Port("CAPTURE_ORIGIN", int),),
        options=HoldOptions,
        services=(CLOCK,),
    )

    def process(self, context: Context) -> None:
        """Sleep for what is left."""
        clock, image = context.service(CLOCK), context.inputs["IMAGE"].packet
        if image is None:
            return
        came_us = context.side_inputs["CAPTURE_ORIGIN"] + int(context.timestamp)
        came_us += context.inputs["AGE"].value
        clock.sleep((came_us + 1000 * self.options.hold_ms - clock.now_us) / 1e6)
        context.outputs["IMAGE"].add(image)


def as_config() -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """Return the live graph as its file has it, and its nodes by name."""
    config = yaml.safe_load((bundled_folder("graphs") / f"{GRAPH}.yaml").read_text("utf-8"))
    return config, {node.get("name", node["calculator"]): node for node in config["node"]}


def own_times_ms(clip: Path, rate: int, count: int, threads: int) -> list[float]:
    """Return how long each frame takes alone, decoding included, at the same pace.

    One frame at a time is worked on, in this thread: nothing is handed over, and nothing waits.
    """
    config, nodes = as_config()
    config["node"] = [
        node
        for node in config["node"]
        if node["calculator"] not in ("LiveSourceCalculator", "PoseEvents", "MediaSinkCalculator")
        and node.get("name") != "limiter"
    ]
    config["input_stream"] = ["image"]
    config["input_side_packet"].append("capture_origin")
    config["output_stream"] = ["IMAGE:image_with_pose", "AGE:result_age"]
    nodes["entrance"]["input_stream"] = ["image"]
    graph = Graph.from_text(yaml.safe_dump(config, sort_keys=False))
    times: list[float] = []
    graph.start({"capture_origin": 0, "model_threads": threads}, threads=INLINE)
    upright = Upright()
    with av.open(str(clip)) as container:
        container.streams.video[0].thread_type = "NONE"
        frames = container.decode(video=0)
        for number in range(count):
            time.sleep(1 / rate)
            began = time.perf_counter()
            graph.add_packet("image", upright(next(frames)), number)
            times.append(1000 * (time.perf_counter() - began))
    graph.close_inputs()
    graph.wait_until_done()
    return sorted(times)


def live_graph(settings: Settings) -> Graph:
    """Return the live graph, which also tells how old frames are at the entrance."""
    config, nodes = as_config()
    nodes["entrance"]["output_stream"].append("AGE:entrance_age")
    if settings.work_ms:
        nodes["exit"]["input_stream"][0] = "IMAGE:held_image"
        config["node"].append(
            {
                "name": "work",
                "calculator": "HoldCalculator",
                "input_stream": ["IMAGE:drawn_image", "AGE:entrance_age"],
                "input_side_packet": ["CAPTURE_ORIGIN:capture_origin"],
                "output_stream": ["IMAGE:held_image"],
                "options": {"hold_ms": settings.work_ms},
            }
        )
    # A registry of its own: nobody else's graphs should know a node of a measurement.
    known = Registry()
    known.offer(NODES)
    known.register(HoldCalculator)
    text = yaml.safe_dump(config, sort_keys=False)
    parameters = {"max_in_queue": settings.max_in_queue}
    return Graph(plan_from_text(text, parameters=parameters, registry=known))


class Samples(threading.Thread):
    """Notes memory and CPU time of this process once a second."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.rows: list[tuple[float, float, float]] = []
        self._ended = threading.Event()

    def run(self) -> None:
        """Sample until the end."""
        began = time.perf_counter()
        while not self._ended.wait(1.0):
            self.rows.append((time.perf_counter() - began, resident_mb(), time.process_time()))

    def end(self) -> None:
        """Stop."""
        self._ended.set()
        self.join()


def resident_mb() -> float:
    """Return what this process holds in memory, in megabytes."""
    for line in Path("/proc/self/status").read_text("ascii").splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0


class Ages:
    """Collects how old frames were at the entrance and at the exit, and what lay between.

    Attributes:
        span_us: from the first result's frame to the last one's.
    """

    def __init__(self, graph: Graph) -> None:
        self.results, self.waits, self.inside = Distribution(), Distribution(), Distribution()
        self.span_us = 0
        self._first_us: int | None = None
        self._waits: dict[int, int] = {}
        self._ages: dict[int, int] = {}
        graph.observe("entrance_age", self._enter)
        graph.observe("result_age", self._leave)

    def _enter(self, packet: Packet) -> None:
        self.waits.add(packet.value)
        self._waits[packet.timestamp] = packet.value
        self._match(packet.timestamp)

    def _leave(self, packet: Packet) -> None:
        self.results.add(packet.value)
        self._first_us = packet.timestamp if self._first_us is None else self._first_us
        self.span_us = packet.timestamp - self._first_us
        self._ages[packet.timestamp] = packet.value
        self._match(packet.timestamp)

    def _match(self, time: int) -> None:
        """Take a frame's share when both ends of it were seen: either may be first."""
        if time in self._ages and time in self._waits:
            self.inside.add(self._ages.pop(time) - self._waits.pop(time))


def quantiles_ms(values: Distribution) -> list[float]:
    """Return the quickest tenth, median, 95 % and maximum, milliseconds."""
    return [(values.quantile(share) or 0) / 1000 for share in (0.1, 0.5, 0.95, 1.0)]


def measure(settings: Settings) -> dict[str, Any]:
    """Run the graph on standard input until its end; return the figures."""
    own = (
        own_times_ms(CLIP, settings.own_rate, OWN_FRAMES, settings.model_threads)
        if settings.own_rate
        else []
    )
    graph = live_graph(settings)
    ages, samples = Ages(graph), Samples()
    given = 0

    def count(packet: Packet) -> None:
        nonlocal given
        given += 1

    graph.observe("image", count)
    print("ready", flush=True)
    samples.start()
    began, cpu = time.perf_counter(), time.process_time()
    graph.run(
        {
            "input_path": "-",
            "model_threads": settings.model_threads,
            "max_in_flight": settings.max_in_flight,
            "max_latency_ms": settings.max_latency_ms,
            "output_path": settings.output,
        }
    )
    seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    samples.end()
    return {
        "settings": asdict(settings),
        "seconds": seconds,
        "cpu_seconds": cpu,
        "given": given,
        "results": ages.results.count,
        "age_ms": quantiles_ms(ages.results),
        "wait_ms": quantiles_ms(ages.waits),
        "inside_ms": quantiles_ms(ages.inside),
        "span_seconds": ages.span_us / 1e6,
        "own_ms": [own[len(own) // 10], own[len(own) // 2]] if own else [],
        "losses": {f"{each.node}: {each.reason}": each.count for each in graph.ledger().losses},
        "samples": samples.rows,
    }


if __name__ == "__main__":
    json.dump(measure(Settings(**json.loads(sys.argv[1]))), sys.stdout)
