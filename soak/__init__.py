"""The soak: random load with crashes and injected faults, and an account of every start."""
