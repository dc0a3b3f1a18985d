"""Messages between instances, the queues they pass through, and those being processed."""
