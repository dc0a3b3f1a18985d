"""The runtime statuses of an instance, as Durable names them."""

UNFINISHED = frozenset({"Pending", "Running", "ContinuedAsNew", "Suspended"})
ENDED = frozenset({"Completed", "Failed", "Terminated", "Canceled"})
