"""Keys are listed once, however many ask, and anew when an app refuses them."""

import asyncio
import time
from typing import Any, cast

import pytest

from router.apps import keys
from router.apps.keys import KeyRing
from router.domain.errors import PlatformBusy
from router.ports import AppKeys, Platform


class CountingPlatform:
    """Answers with the next of its keys, and counts how often it was asked."""

    def __init__(self, *answers: AppKeys | Exception) -> None:
        self.answers = list(answers)
        self.asked = 0
        self.reached = asyncio.Event()
        self.gate = asyncio.Event()
        self.gate.set()

    async def app_keys(self, name: str) -> AppKeys:
        self.asked += 1
        self.reached.set()
        await self.gate.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def ring(platform: Any) -> KeyRing:
    return KeyRing(cast("Platform", platform), time.monotonic)


async def test_many_who_ask_at_once_are_one_question() -> None:
    platform = CountingPlatform(AppKeys("host", "durable"))
    keyring = ring(platform)
    asked = [keyring.durable("app") for _ in range(50)] + [keyring.host("app")]
    assert set(await asyncio.gather(*asked)) == {"durable", "host"}
    assert await keyring.durable("app") == "durable"
    assert platform.asked == 1


async def test_who_stops_waiting_takes_the_answer_from_nobody() -> None:
    platform = CountingPlatform(AppKeys("host", "durable"))
    platform.gate.clear()
    keyring = ring(platform)
    first = asyncio.create_task(keyring.durable("app"))
    second = asyncio.create_task(keyring.durable("app"))
    await platform.reached.wait()
    first.cancel()
    platform.gate.set()
    assert await second == "durable"


async def test_a_failed_question_is_asked_again() -> None:
    platform = CountingPlatform(PlatformBusy("throttled"), AppKeys("host", "durable"))
    keyring = ring(platform)
    with pytest.raises(PlatformBusy, match="throttled"):
        await keyring.durable("app")
    assert await keyring.durable("app") == "durable"


async def test_an_app_without_a_durable_key_is_asked_again_until_it_has_one() -> None:
    platform = CountingPlatform(AppKeys("host", None), AppKeys("host", "durable"))
    keyring = ring(platform)
    with pytest.raises(PlatformBusy, match=r"not (made|created) its Durable key"):
        await keyring.durable("app")
    assert await keyring.durable("app") == "durable"


async def test_a_refused_key_is_listed_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "_FRESH_SECONDS", 0.0)
    platform = CountingPlatform(AppKeys("host", "old"), AppKeys("host", "new"))
    keyring = ring(platform)
    assert await keyring.durable("app") == "old"
    keyring.forget("app")
    assert await keyring.durable("app") == "new"


async def test_a_key_that_was_listed_a_moment_ago_is_not_listed_again() -> None:
    platform = CountingPlatform(AppKeys("host", "durable"))
    keyring = ring(platform)
    for _ in range(10):
        assert await keyring.durable("app") == "durable"
        keyring.forget("app")
    assert platform.asked == 1


async def test_keys_do_not_show() -> None:
    assert "secret" not in repr(AppKeys("secret", "secret"))


async def test_both_keys_can_be_had_of_a_host_that_made_no_durable_key() -> None:
    keyring = ring(CountingPlatform(AppKeys("host", None)))
    found = await keyring.listed("app")
    assert (found.host, found.durable) == ("host", None)
