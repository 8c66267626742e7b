"""The parts of the benchmarks, by letter: each measures one thing on both sides."""
