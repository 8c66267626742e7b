"""Running: what surrounds the machine and its driver in one run of a graph."""
