"""graphflow's side of the benchmarks; each module mirrors one of MediaPipe's side."""
