"""What a start under a caller's id does to the id, and to what runs under it already."""

from dataclasses import replace

import pytest

from router.domain.errors import Refusal
from router.domain.model import Claim, Owner
from router.domain.version import RequestedVersion
from router.ports import Answer
from router.starts import service as starts
from router.starts.service import StartRequest
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

NAME = "order-17"
WANTED = StartRequest(RequestedVersion(LINE_ID), "order", NAME, "1")


@pytest.fixture
async def former(router: InMemoryRouter) -> Claim:
    """Of the id, whose instance has ended."""
    router.azure.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    return await router.catalog.add_claim(Claim(NAME, LINE_ID, NOON))


async def refused(router: InMemoryRouter) -> str:
    with pytest.raises(Refusal) as told:
        await starts.accept(router.context, WANTED)
    return told.value.code


async def test_nothing_is_sent_under_the_id_of_what_runs(router: InMemoryRouter) -> None:
    """Should that continue as new meanwhile, it would be taken for the caller's own."""
    router.azure.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    assert await refused(router) == "instance-exists"
    assert router.azure.started == []


async def test_a_refused_start_leaves_the_claim_as_it_was(
    router: InMemoryRouter, former: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unwanted(*_: object, **__: object) -> Answer:
        assert (await router.claim(NAME)).before == NOON
        return Answer(400, {}, b"")

    monkeypatch.setattr(router.azure, "start", unwanted)
    assert await refused(router) == "start-refused"
    assert replace(await router.claim(NAME), etag=former.etag) == former


async def test_unless_somebody_has_claimed_it_since(
    router: InMemoryRouter, former: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unwanted(*_: object, **__: object) -> Answer:
        await router.catalog.replace_claim(await router.claim(NAME))
        return Answer(400, {}, b"")

    monkeypatch.setattr(router.azure, "start", unwanted)
    assert await refused(router) == "start-refused"
    assert (await router.claim(NAME)).before == NOON
