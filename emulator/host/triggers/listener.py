"""A listener, made for each function with a background trigger."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass


async def nothing() -> None:
    """Do nothing."""


@dataclass(frozen=True, slots=True)
class Listener:
    """The loops that run until they are cancelled, and the wait that follows."""

    runs: tuple[Callable[[], Awaitable[None]], ...]
    finish: Callable[[], Awaitable[None]] = nothing
