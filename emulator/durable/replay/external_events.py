"""The external events of one execution.

As in the real extension, names are matched regardless of case, and the latest waiter is served
first.
"""

from collections import defaultdict, deque

from emulator.durable.replay.promise import Promise, settled_promise


class ExternalEvents:
    """Matches events with the tasks that wait for them."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[Promise]] = defaultdict(list)
        self._buffered: defaultdict[str, deque[str | None]] = defaultdict(deque)

    def wait(self, name: str) -> Promise:
        """Return the promise of the next event of this name, settled at once if one is buffered."""
        buffered = self._buffered[name.lower()]
        if buffered:
            return settled_promise(buffered.popleft())
        promise = Promise()
        self._waiting[name.lower()].append(promise)
        return promise

    def deliver(self, name: str, value: str | None) -> None:
        """Settle the latest waiter with an event, or buffer it for the next one."""
        waiting = self._waiting[name.lower()]
        if waiting:
            waiting.pop().settle(value)
        else:
            self._buffered[name.lower()].append(value)
