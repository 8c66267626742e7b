"""The machine: a pure scheduler without threads, locks, clocks or randomness."""
