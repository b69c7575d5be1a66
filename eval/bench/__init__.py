"""Benchmarks: figures that anyone can make again from the repository, a command each."""
