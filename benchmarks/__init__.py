"""alarmd beside what else a city could use, on one machine in one run: `python -m benchmarks`."""
