"""Shared scaffolding of bench, demo, soak and the tests: processes, clients, waits, accounts."""
