"""The external events of one execution: who waits, and what came before anybody did.

As in the real extension: names regardless of case, the latest to wait is the first to be served.
"""

from collections import defaultdict, deque

from emulator.durable.replay.promise import Promise, kept


class Inbox:
    """Matches events with those who wait for them."""

    def __init__(self) -> None:
        self._waiting: defaultdict[str, list[Promise]] = defaultdict(list)
        self._early: defaultdict[str, deque[str | None]] = defaultdict(deque)

    def wait(self, name: str) -> Promise:
        """The promise of the next event of that name; kept at once if one came early."""
        early = self._early[name.lower()]
        if early:
            return kept(early.popleft())
        promise = Promise()
        self._waiting[name.lower()].append(promise)
        return promise

    def deliver(self, name: str, value: str | None) -> None:
        """An event has come: settle the latest wait, or keep it for the next."""
        waiting = self._waiting[name.lower()]
        if waiting:
            waiting.pop().settle(value)
        else:
            self._early[name.lower()].append(value)
