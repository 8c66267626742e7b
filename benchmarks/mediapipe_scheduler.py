"""MediaPipe's scheduler on request. Runs in MediaPipe's own environment, without graphflow.

    python mediapipe_scheduler.py      one JSON line in, one out, until the input ends

A request has `graph` (text), `observed` (a stream), `packets` and `threads`; the answer has the
wall and the processor seconds from the first packet added to the graph being idle, and how many
packets were observed. Starting and closing the graph are not counted.
"""

import json
import os
import sys
import time

os.environ.setdefault("GLOG_minloglevel", "2")
from mediapipe.python import packet_creator
from mediapipe.python._framework_bindings import calculator_graph


def run(request):
    """Run one graph; return the answer."""
    seen = [0]

    def count(_name, _packet):
        seen[0] += 1

    text = f"num_threads: {request['threads']}\n{request['graph']}"
    graph = calculator_graph.CalculatorGraph(graph_config=text)
    graph.observe_output_stream(request["observed"], count)
    graph.start_run()
    graph.wait_until_idle()
    create, add = packet_creator.create_int, graph.add_packet_to_input_stream
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(request["packets"]):
        add("s0", create(number).at(number))
    graph.wait_until_idle()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    graph.close_input_stream("s0")
    graph.wait_until_done()
    return {"wall": wall, "cpu": cpu, "seen": seen[0]}


def main():
    """Answer every line."""
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # MediaPipe's own words must not come between
    for line in sys.stdin:
        print(json.dumps(run(json.loads(line))), file=answers, flush=True)


if __name__ == "__main__":
    main()
