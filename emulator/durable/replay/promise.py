"""Promises, their combinations, and coroutines as generators that yield promises.

Everything runs synchronously and in order: a replay with real waits would not be repeatable.
"""

from collections.abc import Callable, Generator, Iterable
from typing import Any


class Promise:
    """Settles once, to a value or a failure, and then calls its callbacks in order."""

    __slots__ = ("_waiting", "done", "failed", "value")

    def __init__(self) -> None:
        self.done = False
        self.failed = False
        self.value: Any = None
        self._waiting: list[Callable[[Promise], None]] = []

    def settle(self, value: Any = None, *, failed: bool = False) -> None:
        """Settle the promise, unless it is settled already."""
        if self.done:
            return
        self.done, self.failed, self.value = True, failed, value
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call(self)

    def then(self, call: Callable[["Promise"], None]) -> None:
        """Call with this promise when it is settled, which may be at once."""
        if self.done:
            call(self)
        else:
            self._waiting.append(call)


Coroutine = Generator[Promise, Promise, Any]
"""A coroutine yields promises, receives each one settled and returns its value."""


def settled_promise(value: Any = None, *, failed: bool = False) -> Promise:
    """Return a promise that is settled already."""
    promise = Promise()
    promise.settle(value, failed=failed)
    return promise


def all_of(promises: Iterable[Promise]) -> Promise:
    """Return a promise that settles once all do, and fails if one of them failed."""
    children = list(promises)
    left = len(children)
    together = Promise()

    def count(_: Promise) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            together.settle(failed=any(child.failed for child in children))

    for child in children:
        child.then(count)
    return together if children else settled_promise()


def any_of(promises: Iterable[Promise]) -> Promise:
    """Return a promise that settles as soon as one of them does and never fails."""
    first = Promise()
    for promise in promises:
        promise.then(lambda _: first.settle())
    return first


def run(steps: Coroutine) -> Promise:
    """Run a coroutine and return the promise of its value, or of the exception that ended it."""
    outcome = Promise()

    def resume(settled: Promise | None) -> None:
        while True:
            try:
                waited = next(steps) if settled is None else steps.send(settled)
            except StopIteration as end:
                outcome.settle(end.value)
                return
            except Exception as error:  # noqa: BLE001 - it is the coroutine's result
                outcome.settle(error, failed=True)
                return
            if not waited.done:
                waited.then(resume)
                return
            settled = waited

    resume(None)
    return outcome
