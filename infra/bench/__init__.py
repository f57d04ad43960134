"""The benchmarks (`make bench`): one JSON object per figure, beside the floor of the same work and the machine's state."""
