"""Every recorded request, sent again: the answers are those of the real host, or known to differ.

A known difference that has disappeared fails the test too, so that the list stays true.
"""

import asyncio

import pytest

from emulator.tests.contract.real_host import comparison, wire
from emulator.tests.contract.real_host.conftest import Hosts
from emulator.tests.contract.real_host.differences import WHOLE, known
from emulator.tests.contract.real_host.entries import Entry, Filling, entries, sections

POLL_SECONDS = 0.4
ATTEMPTS = 38  # 15 seconds
PREPARE_SECONDS = 0.3
KNOWN = known()

pytestmark = pytest.mark.asyncio(loop_scope="session")


@pytest.mark.parametrize("section", sections())
async def test_section_is_answered_as_recorded(hosts: Hosts, section: str) -> None:
    found = {}
    for name, host in hosts.items():
        filling = Filling(host.port)
        for entry in entries(section, name):
            if why := await _difference(entry, filling):
                found[entry.name] = why
    new = [f"{name}: {why}" for name, why in found.items() if not KNOWN.lists(name)]
    gone = KNOWN.gone(section, found)
    assert (new, gone) == ([], []), "\n".join([*new, "no longer different:", *gone])


async def test_only_entries_are_listed() -> None:
    names = {e.name for s in sections() for host in ("main", "base64") for e in entries(s, host)}
    names |= {f"{section}{WHOLE}" for section in sections()}
    assert sorted(KNOWN.names - names) == []


async def _difference(entry: Entry, filling: Filling) -> str | None:
    for step in entry.prepare:
        await _prepare(step, filling)
    await asyncio.sleep(entry.pause)
    attempts = ATTEMPTS if entry.poll and not KNOWN.lists(entry.name) else 1
    why = await _attempt(entry, filling)
    for _ in range(attempts - 1):
        if why is None:
            break
        await asyncio.sleep(POLL_SECONDS)
        why = await _attempt(entry, filling)
    return why


async def _attempt(entry: Entry, filling: Filling) -> str | None:
    actual = await wire.exchange(
        filling.port,
        filling.bytes_of(entry.raw),
        then=None if entry.then is None else filling.bytes_of(entry.then),
        half_close=entry.half_close,
        answers=len(entry.expected),
        closes=bool(entry.expected[-1].closed),
    )
    if actual.answers and "x-ms-continuation-token" in actual.answers[-1].headers:
        filling.token = actual.answers[-1].headers["x-ms-continuation-token"]
    return comparison.difference(entry.expected, actual)


async def _prepare(step: dict[str, str], filling: Filling) -> None:
    for _ in range(ATTEMPTS):
        actual = await wire.exchange(filling.port, filling.bytes_of(step["raw"]))
        until = step.get("until")
        if until is None or (actual.answers and until.encode() in actual.answers[-1].body):
            return
        await asyncio.sleep(PREPARE_SECONDS)
