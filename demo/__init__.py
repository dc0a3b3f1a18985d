"""The demo: one release after another, with work always in flight and nothing lost."""
