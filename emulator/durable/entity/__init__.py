"""Entities: instances `@name@key` driven by messages."""
