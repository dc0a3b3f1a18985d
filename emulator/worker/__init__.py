"""The worker process of an app: runs its functions through Microsoft's own runtime library."""
