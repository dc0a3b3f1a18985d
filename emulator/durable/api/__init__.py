"""Durable's HTTP management API, compatible with that of the real extension."""
