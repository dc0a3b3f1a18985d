"""The soak: a mixed load for a while, with deaths and faults, and an account of every start."""
