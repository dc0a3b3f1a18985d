"""The worker of a hub: leases, queue readers and the dispatch of activities."""
