"""One app's durable functions, settings and version policy."""
