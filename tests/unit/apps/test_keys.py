"""Keys are listed once for many callers, and again when an app refuses them."""

import asyncio
from typing import Any, cast

import pytest

from router.apps.keys import KeyRing
from router.domain.errors import PlatformBusy
from router.ports import AppKeys, Platform


class CountingPlatform:
    """Answers with the next of its keys, and counts the calls."""

    def __init__(self, *answers: AppKeys | Exception) -> None:
        self.answers = list(answers)
        self.calls = 0
        self.keys_set = 0
        self.called = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def app_keys(self, name: str) -> AppKeys:
        self.calls += 1
        self.called.set()
        await self.gate.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    async def set_durable_key(self, name: str) -> None:
        self.keys_set += 1


class Monotonic:
    """A monotonic clock that the test advances."""

    def __init__(self) -> None:
        self.seconds = 0.0

    def __call__(self) -> float:
        return self.seconds


def ring(platform: Any, monotonic: Monotonic | None = None) -> KeyRing:
    return KeyRing(cast("Platform", platform), monotonic or Monotonic())


async def test_concurrent_callers_share_one_listing() -> None:
    platform = CountingPlatform(AppKeys("host", "durable"))
    keyring = ring(platform)
    callers = [keyring.durable("app") for _ in range(50)] + [keyring.host("app")]
    assert set(await asyncio.gather(*callers)) == {"durable", "host"}
    assert await keyring.durable("app") == "durable"
    assert platform.calls == 1


async def test_cancelled_caller_leaves_the_listing_to_the_others() -> None:
    platform = CountingPlatform(AppKeys("host", "durable"))
    platform.gate.clear()
    keyring = ring(platform)
    first = asyncio.create_task(keyring.durable("app"))
    second = asyncio.create_task(keyring.durable("app"))
    await platform.called.wait()
    first.cancel()
    platform.gate.set()
    assert await second == "durable"


async def test_failed_listing_is_repeated() -> None:
    platform = CountingPlatform(PlatformBusy("throttled"), AppKeys("host", "durable"))
    monotonic = Monotonic()
    keyring = ring(platform, monotonic)
    for _ in range(2):
        with pytest.raises(PlatformBusy, match="throttled"):
            await keyring.durable("app")
    assert platform.calls == 1
    monotonic.seconds += 0.25
    assert await keyring.durable("app") == "durable"


async def test_app_without_a_durable_key_is_listed_again() -> None:
    platform = CountingPlatform(AppKeys("host", None), AppKeys("host", "durable"))
    monotonic = Monotonic()
    keyring = ring(platform, monotonic)
    with pytest.raises(PlatformBusy, match=r"not (made|created) its Durable key"):
        await keyring.durable("app")
    monotonic.seconds += 0.25
    assert await keyring.durable("app") == "durable"


async def test_deleted_durable_key_is_set_without_being_throttled() -> None:
    monotonic = Monotonic()
    platform = CountingPlatform(*[AppKeys("host", None)] * 100)
    keyring = ring(platform, monotonic)
    for _ in range(125 * 10):  # as many parked starts, each a few times a second
        with pytest.raises(PlatformBusy):
            await keyring.durable("app")
        monotonic.seconds += 0.02
    assert platform.keys_set == 1
    assert platform.calls < 25
    platform.answers = [AppKeys("host", "new")]
    monotonic.seconds += 60
    assert await keyring.durable("app") == "new"


async def test_wait_that_azure_asks_for_is_kept() -> None:
    monotonic = Monotonic()
    platform = CountingPlatform(PlatformBusy("throttled", 17), AppKeys("host", "durable"))
    keyring = ring(platform, monotonic)
    for seconds in (0, 16):
        monotonic.seconds = seconds
        with pytest.raises(PlatformBusy, match="throttled"):
            await keyring.durable("app")
    monotonic.seconds = 17
    assert await keyring.durable("app") == "durable"


async def test_refused_key_is_listed_again() -> None:
    platform = CountingPlatform(AppKeys("host", "old"), AppKeys("host", "new"))
    monotonic = Monotonic()
    keyring = ring(platform, monotonic)
    assert await keyring.durable("app") == "old"
    monotonic.seconds += 5
    keyring.invalidate("app")
    assert await keyring.durable("app") == "new"


async def test_key_listed_within_five_seconds_is_kept() -> None:
    platform = CountingPlatform(AppKeys("host", "durable"))
    monotonic = Monotonic()
    keyring = ring(platform, monotonic)
    for _ in range(10):
        assert await keyring.durable("app") == "durable"
        keyring.invalidate("app")
        monotonic.seconds += 0.5
    assert platform.calls == 1


async def test_keys_are_hidden_in_their_repr() -> None:
    assert "secret" not in repr(AppKeys("secret", "secret"))


async def test_host_without_a_durable_key_still_lists_both() -> None:
    keyring = ring(CountingPlatform(AppKeys("host", None)))
    found = await keyring.listed("app")
    assert (found.host, found.durable) == ("host", None)
