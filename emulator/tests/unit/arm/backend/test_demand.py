"""The demand that brings a site's host back."""

import asyncio
import select
import socket
from collections.abc import Iterator

import pytest

from emulator.arm.backend.demand import Demand

SOON = 0.05


@pytest.fixture
def demand() -> Iterator[Demand]:
    made = Demand()
    yield made
    made.close()


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as made:
        yield made


def is_signalled(demand: Demand) -> bool:
    return bool(select.select([demand.work], [], [], 0)[0])


async def test_connection_is_a_demand_without_work(demand: Demand, listener: socket.socket) -> None:
    waiting = asyncio.create_task(demand.next(listener))
    await asyncio.sleep(SOON)
    assert not waiting.done()
    with socket.create_connection(listener.getsockname()):
        await asyncio.wait_for(waiting, 1)
    assert not demand.has_work
    assert not is_signalled(demand)


async def test_found_work_is_signalled_to_every_host(
    demand: Demand, listener: socket.socket
) -> None:
    waiting = asyncio.create_task(demand.next(listener))
    await asyncio.sleep(SOON)
    demand.work_found()
    demand.work_found()
    await asyncio.wait_for(waiting, 1)
    assert demand.has_work
    assert is_signalled(demand)


async def test_work_is_forgotten_when_a_host_has_ended(
    demand: Demand, listener: socket.socket
) -> None:
    demand.work_found()
    waiting = asyncio.create_task(demand.next(listener))
    await asyncio.sleep(SOON)
    assert not waiting.done()
    assert not is_signalled(demand)
    waiting.cancel()


async def test_site_without_a_socket_is_wanted_at_once(demand: Demand) -> None:
    await asyncio.wait_for(demand.next(None), 1)
