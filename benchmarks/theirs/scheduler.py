"""MediaPipe's scheduler on graphs whose nodes compute nothing."""

import time

from mediapipe.python import packet_creator
from mediapipe.python._framework_bindings import calculator_graph


def run(graph, observed, packets, threads):
    """Run a graph (text) that the stream `s0` feeds; count what comes out of `observed`.

    The seconds are those from the first packet added to the graph being idle; starting and closing
    the graph are not counted.
    """
    seen = [0]

    def count(_name, _packet):
        seen[0] += 1

    running = calculator_graph.CalculatorGraph(graph_config=f"num_threads: {threads}\n{graph}")
    running.observe_output_stream(observed, count)
    running.start_run()
    running.wait_until_idle()
    create, add = packet_creator.create_int, running.add_packet_to_input_stream
    wall, cpu = time.perf_counter(), time.process_time()
    for number in range(packets):
        add("s0", create(number).at(number))
    running.wait_until_idle()
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    running.close_input_stream("s0")
    running.wait_until_done()
    return {"wall": wall, "cpu": cpu, "seen": seen[0]}
