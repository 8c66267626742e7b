"""Words: what everything else is said in: timestamps, packets, faults and where they are."""
