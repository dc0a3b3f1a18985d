"""Something that will be there: what the walk over the SDK's actions waits for.

Owns promises, their combinations, and coroutines written as generators that yield promises.
Everything runs at once and in order: a replay that waited for real could not be repeated.
"""

from collections.abc import Callable, Generator, Iterable
from typing import Any


class Promise:
    """Settles once, to a value or to a failure; then calls whoever asked, in the order asked."""

    __slots__ = ("_waiting", "done", "failed", "value")

    def __init__(self) -> None:
        self.done = False
        self.failed = False
        self.value: Any = None
        self._waiting: list[Callable[[Promise], None]] = []

    def settle(self, value: Any = None, *, failed: bool = False) -> None:
        """Come true, or fail. A second time is ignored."""
        if self.done:
            return
        self.done, self.failed, self.value = True, failed, value
        waiting, self._waiting = self._waiting, []
        for call in waiting:
            call(self)

    def then(self, call: Callable[["Promise"], None]) -> None:
        """Call with this promise once it is settled; now, if it is."""
        if self.done:
            call(self)
        else:
            self._waiting.append(call)


Steps = Generator[Promise, Promise, Any]
"""A coroutine: yields promises, is sent each of them settled, returns its value."""


def kept(value: Any = None, *, failed: bool = False) -> Promise:
    """A promise that is settled already."""
    promise = Promise()
    promise.settle(value, failed=failed)
    return promise


def all_of(promises: Iterable[Promise]) -> Promise:
    """Settled once every one is, failed ones included; failed if one failed."""
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
    return together if children else kept()


def any_of(promises: Iterable[Promise]) -> Promise:
    """Settled as soon as one is; never fails."""
    first = Promise()
    for promise in promises:
        promise.then(lambda _: first.settle())
    return first


def run(steps: Steps) -> Promise:
    """Start a coroutine; the promise of its value, failed with the exception that ended it."""
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
