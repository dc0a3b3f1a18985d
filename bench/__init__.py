"""Measures the router and the emulator: every figure of docs/measured.md, in one run."""
