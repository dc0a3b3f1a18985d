"""Episodes of orchestrations: message selection, decisions, checkpoints and dispatch."""
