"""What bench, demo, soak and the tests share: a local stack, clients, storage as it is."""
