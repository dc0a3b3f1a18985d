"""The inputs of parked starts in blobs, and those in memory that other tests use, behave alike."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta

import pytest
import pytest_asyncio

from harness.azurite import Azurite
from harness.free_ports import free_ports
from router.azure.storage.account import ClientOptions, Storage
from router.azure.storage.parked_inputs import BlobParkedInputs
from router.domain.errors import Unreadable
from router.domain.version import LineId
from router.ports import Kept, ParkedInputs
from tests.fakes.parked_inputs import InMemoryParkedInputs

ONE, TWO = LineId(1, 0), LineId(2, 0)
NAMES = ("order-17", "Bestellung für Ä. b", "a.", "x" * 100, "…" * 100)


@pytest_asyncio.fixture(params=["blobs", "memory"])
async def inputs(request: pytest.FixtureRequest, azurite: Azurite) -> AsyncIterator[ParkedInputs]:
    if request.param == "memory":
        yield InMemoryParkedInputs(lambda: datetime.now(UTC))
        return
    storage = Storage(azurite.account())
    yield BlobParkedInputs(storage, "my-orders")
    await storage.close()


def later() -> datetime:
    return datetime.now(UTC) + timedelta(hours=1)


async def test_nothing_is_found_at_first(inputs: ParkedInputs) -> None:
    assert await inputs.get("1.0/x/1") is None
    assert not await inputs.was_forwarded("1.0/x/1")
    assert await inputs.counts() == {}
    assert await inputs.older(Kept.WAITING, later(), 10) == []
    await inputs.delete("1.0/x/1")
    await inputs.keep("1.0/x/1", Kept.ENDED)
    assert await inputs.get("1.0/x/1") is None


@pytest.mark.parametrize("name", NAMES)
async def test_input_is_read_as_written(inputs: ParkedInputs, name: str) -> None:
    value = '"é … \U0001f600"'
    reference = await inputs.put(ONE, name, value)
    assert await inputs.get(reference) == value
    (found,) = await inputs.older(Kept.WAITING, later(), 10)
    assert (found.reference, found.instance_id) == (reference, name)
    assert await inputs.older(Kept.WAITING, later() - timedelta(hours=2), 10) == []


async def test_empty_input_is_one_as_well(inputs: ParkedInputs) -> None:
    reference = await inputs.put(ONE, "x", "")
    assert await inputs.get(reference) == ""
    await inputs.keep(reference, Kept.ENDED)
    assert await inputs.get(reference) == ""


async def test_two_starts_of_one_id_have_their_own_inputs(inputs: ParkedInputs) -> None:
    first, second = await inputs.put(ONE, "x", "1"), await inputs.put(ONE, "x", "2")
    await inputs.delete(first)
    assert (await inputs.get(first), await inputs.get(second)) == (None, "2")


async def test_those_that_wait_are_counted_by_line(inputs: ParkedInputs) -> None:
    ended, forwarded, *_ = [await inputs.put(ONE, name, "1") for name in NAMES]
    await inputs.put(TWO, "x", "1")
    await inputs.keep(ended, Kept.ENDED)
    await inputs.keep(forwarded, Kept.FORWARDED)
    assert await inputs.counts() == {ONE: 3, TWO: 1}


async def test_forwarded_input_is_gone(inputs: ParkedInputs) -> None:
    reference = await inputs.put(ONE, "x", "1")
    for _ in range(2):
        await inputs.keep(reference, Kept.FORWARDED)
        assert await inputs.get(reference) is None
        assert await inputs.was_forwarded(reference)
    assert len(await inputs.older(Kept.FORWARDED, later(), 10)) == 1
    await inputs.delete(reference)
    assert await inputs.older(Kept.FORWARDED, later(), 10) == []


async def test_no_more_are_listed_than_asked_for(inputs: ParkedInputs) -> None:
    for name in NAMES:
        await inputs.put(ONE, name, "1")
    assert len(await inputs.older(Kept.WAITING, later(), 3)) == 3


async def test_storage_that_is_away_is_unreadable() -> None:
    account = Azurite(free_ports(3)).connection("account001")
    storage = Storage(account, options=ClientOptions(retries=0))
    inputs = BlobParkedInputs(storage, "orders")
    for call in (inputs.put(ONE, "x", "1"), inputs.get("1.0/x/1"), inputs.counts()):
        with pytest.raises(Unreadable):
            await call
    await storage.close()
