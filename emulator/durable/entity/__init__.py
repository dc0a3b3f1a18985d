"""Entities: instances `@name@key` that live on messages."""
