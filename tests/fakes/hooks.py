"""Hooks by which a test intervenes in the calls of a fake."""

import functools
import inspect
from collections import defaultdict
from collections.abc import Awaitable, Callable
from typing import Any

Hook = Callable[..., Awaitable[Any]]
"""Called with the arguments of the call. It may raise, and may change what the call will find."""


class Hookable:
    """Base class of fakes. Every public coroutine method can be hooked, and records its calls."""

    def __init__(self) -> None:
        self._before: dict[str, Hook] = {}
        self._after: dict[str, Hook] = {}
        self._calls: defaultdict[str, list[tuple[Any, ...]]] = defaultdict(list)

    def __init_subclass__(cls) -> None:
        for name, method in list(vars(cls).items()):
            if inspect.iscoroutinefunction(method) and not name.startswith("_"):
                setattr(cls, name, _hooked(name, method))

    def before(self, method: str, hook: Hook) -> None:
        """Run a hook before each call of a method. Unless it returns None, its result is the answer
        and the method itself is not called."""
        self._before[self._checked(method)] = hook

    def after(self, method: str, hook: Hook) -> None:
        """Run a hook after each call of a method, before the caller gets the answer."""
        self._after[self._checked(method)] = hook

    def answer(self, method: str, result: Any) -> None:
        """Answer every call of a method with this result instead of calling it."""

        async def answered(*_: object, **__: object) -> Any:
            return result

        self.before(method, answered)

    def fail(
        self, method: str, error: Exception, *, skip: int = 0, times: int | None = None
    ) -> None:
        """Fail calls of a method after so many that succeed: all, or so many of them."""
        calls = 0

        async def failing(*_: object, **__: object) -> None:
            nonlocal calls
            calls += 1
            if calls > skip and (times is None or calls <= skip + times):
                raise error

        self.before(method, failing)

    def restore(self, method: str) -> None:
        """Remove the hooks of a method."""
        self._before.pop(self._checked(method), None)
        self._after.pop(method, None)

    def calls(self, method: str) -> list[tuple[Any, ...]]:
        """Return the positional arguments of each call of a method, those that failed included."""
        return self._calls[self._checked(method)]

    def _checked(self, method: str) -> str:
        if not hasattr(getattr(type(self), method, None), "is_hooked"):
            raise ValueError(f"{type(self).__name__} has no method {method} to hook")
        return method

    async def _call(self, name: str, method: Hook, *args: Any, **named: Any) -> Any:
        self._calls[name].append(args)
        if name in self._before:
            result = await self._before[name](*args, **named)
            if result is not None:
                return result
        result = await method(self, *args, **named)
        if name in self._after:
            await self._after[name](*args, **named)
        return result


def _hooked(name: str, method: Hook) -> Any:
    @functools.wraps(method)
    async def call(self: Hookable, *args: Any, **named: Any) -> Any:
        return await self._call(name, method, *args, **named)

    call.is_hooked = True  # type: ignore[attr-defined]
    return call
