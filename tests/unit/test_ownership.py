"""A router does nothing with a hub or a catalog of another router."""

import asyncio

import pytest

from router.domain.errors import Unavailable, Unreadable
from router.ownership import Ownership, mark_of
from tests.fakes.catalog import InMemoryCatalog
from tests.fakes.orchestrations import FakeOrchestrations

MINE, OTHER = mark_of("orders", "Router-A"), mark_of("orders", "router-b")


class Router:
    """One process of a router, and a clock that a test sets."""

    def __init__(self, hub: FakeOrchestrations, catalog: InMemoryCatalog, mark: str = MINE) -> None:
        self.hub, self.catalog, self.time = hub, catalog, 0.0
        self.ownership = Ownership(catalog, mark, lambda: self.time)

    async def check(self, after: float = 0.0) -> str | None:
        """Return the code of the refusal, if there is one."""
        self.time += after
        try:
            await self.ownership.check(self.hub)
        except Unavailable as error:
            return error.code
        await asyncio.sleep(0.01)  # for a look in the background
        return None


@pytest.fixture
def hub() -> FakeOrchestrations:
    return FakeOrchestrations()


@pytest.fixture
def catalog() -> InMemoryCatalog:
    return InMemoryCatalog()


async def test_instances_and_slots_of_one_site_work(
    hub: FakeOrchestrations, catalog: InMemoryCatalog
) -> None:
    for mark in (MINE, mark_of("orders", "ROUTER-A")):
        assert await Router(hub, catalog, mark).check() is None
    assert (hub.owner, catalog.owner) == (MINE, MINE)


async def test_router_of_another_application_has_no_use_of_the_hub(
    hub: FakeOrchestrations, catalog: InMemoryCatalog
) -> None:
    await Router(hub, catalog).check()
    billing = Router(hub, InMemoryCatalog(), mark_of("billing", "router-b"))
    assert await billing.check() == "hub-taken"
    assert await billing.check() == "hub-taken"


async def test_second_site_of_an_application_has_no_use_of_its_catalog(
    hub: FakeOrchestrations, catalog: InMemoryCatalog
) -> None:
    await Router(hub, catalog).check()
    assert await Router(FakeOrchestrations(), catalog, OTHER).check() == "catalog-taken"


async def test_loser_of_two_that_began_together_notices(
    hub: FakeOrchestrations, catalog: InMemoryCatalog
) -> None:
    router = Router(hub, catalog)
    assert await router.check() is None
    hub.owner = OTHER
    await router.check(11.0)
    assert await router.check() == "hub-taken"


async def test_corrected_router_works_without_a_restart(
    hub: FakeOrchestrations, catalog: InMemoryCatalog
) -> None:
    hub.owner = OTHER
    router = Router(hub, catalog)
    assert await router.check() == "hub-taken"
    hub.owner = ""
    assert await router.check(11.0) is None


async def test_nothing_is_done_before_the_marks_were_read(
    hub: FakeOrchestrations, catalog: InMemoryCatalog
) -> None:
    hub.fail("mark", Unreadable("down"))
    with pytest.raises(Unreadable):
        await Router(hub, catalog).check()


async def test_known_router_works_while_the_marks_cannot_be_read(
    hub: FakeOrchestrations, catalog: InMemoryCatalog
) -> None:
    router = Router(hub, catalog)
    await router.check()
    hub.fail("mark", Unreadable("down"))
    assert await router.check(400.0) is None
    assert await router.check(400.0) is None
