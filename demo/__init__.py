"""What `make demo` shows: one release after another, work always in flight, and nothing lost."""
