"""One episode of an orchestration as a pure function of its history and the SDK's result."""
