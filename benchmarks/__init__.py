"""Benchmarks of `cleantext`: run each with `python -m benchmarks.NAME`."""
