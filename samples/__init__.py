"""The sample clip the project renders itself, and the measure of how well it is tracked."""
