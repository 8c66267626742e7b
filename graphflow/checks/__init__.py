"""What can be said of a graph without running it: one module for each family of warnings."""
