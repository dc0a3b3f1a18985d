"""Formats that .NET writes: JSON text, ticks and serialized exceptions."""
