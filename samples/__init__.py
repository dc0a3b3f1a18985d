"""Apps to try the router with: `orders`, in three releases of its life. Nobody imports it."""
