"""Who asks patiently, and what is kept of what was answered meanwhile."""

from collections.abc import Iterator

import aiohttp
import pytest

from demo.client import Answer
from soak import patience
from soak.patience import Told, patiently


@pytest.fixture(autouse=True)
def at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "_PAUSE", 0)


def answer(status: int, **headers: str) -> Answer:
    return Answer(status, {name.replace("_", "-"): value for name, value in headers.items()}, {}, 0)


def asked(*answers: Answer | Exception) -> patience.Ask:
    left: Iterator[Answer | Exception] = iter(answers)

    async def ask() -> Answer:
        found = next(left)
        if isinstance(found, Exception):
            raise found
        return found

    return ask


@pytest.mark.parametrize("status", [200, 202, 400, 404, 409, 410, 500])
async def test_an_answer_that_tells_of_the_request_is_the_last(status: int) -> None:
    assert await patiently(asked(answer(status))) == Told(answer(status), 0)


async def test_what_is_cut_off_is_asked_again_and_counted() -> None:
    cut = aiohttp.ServerDisconnectedError(), TimeoutError(), aiohttp.ClientOSError()
    assert await patiently(asked(*cut, answer(202))) == Told(answer(202), 3)


async def test_what_is_refused_for_the_moment_is_asked_again() -> None:
    moments = [answer(status, Retry_After="1") for status in (429, 503)]
    others = [answer(502), answer(504)]
    assert await patiently(asked(*moments, *others, answer(202))) == Told(answer(202), 0)


async def test_a_refusal_that_does_not_say_until_when_is_kept() -> None:
    told = await patiently(asked(answer(503), answer(429), answer(202)))
    assert told == Told(answer(202), 0, (503, 429))


async def test_patience_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(patience, "LONGEST", -1)
    told = await patiently(asked(answer(202)))
    assert told == Told(None, 0)
    assert str(told) == "no answer in -1 s"
