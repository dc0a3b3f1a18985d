"""Outcomes of activities, and the built-in activity for HTTP requests."""
