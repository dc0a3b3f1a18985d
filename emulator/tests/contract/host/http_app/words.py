"""A module of the app's own."""

GREETING = "hello"
