"""A start of which it is not known whether it was kept: asked for again, it runs once."""

from dataclasses import replace
from typing import Any

import pytest

from router.domain.errors import Refusal, Unavailable, Unreadable
from router.domain.instance_id import make
from router.domain.version import RequestedVersion
from router.starts import service as starts
from router.starts.service import StartRequest
from tests.fakes.router import LINE_ID, InMemoryRouter, router_with_registered_line

NAME = "order-17"
WANTED = StartRequest(RequestedVersion(LINE_ID), "order", NAME, "1")


async def test_an_id_of_the_routers_own_making_is_started_once_also_when_that_has_ended(
    router: InMemoryRouter,
) -> None:
    """Who gives it asks once more, after an answer that left it open."""
    again = replace(WANTED, given_id=make(LINE_ID, "0" * 32))
    assert not (await starts.accept(router.context, again)).parked
    owner = router.azure.owners[str(again.given_id)]
    for status in ("Running", "Completed"):
        router.azure.owners[str(again.given_id)] = replace(owner, runtime_status=status)
        with pytest.raises(Refusal, match="was already started"):
            await starts.accept(router.context, again)


async def test_a_start_whose_parking_was_not_answered_is_looked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = await router_with_registered_line()
    park = router.orchestrations.start

    async def unanswered(*order: Any) -> bool:
        await park(*order)
        raise Unavailable("hub-unavailable", "The hub is away.")

    monkeypatch.setattr(router.orchestrations, "start", unanswered)
    assert (await starts.accept(router.context, WANTED)).parked


async def test_a_start_of_which_nobody_knows_whether_it_is_parked_is_told_its_id_to_ask_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = await router_with_registered_line()

    async def away(*_: Any) -> bool:
        raise Unavailable("hub-unavailable", "The hub is away.")

    monkeypatch.setattr(router.orchestrations, "start", away)
    with pytest.raises(Unavailable) as told:
        await starts.accept(router.context, replace(WANTED, given_id=None))
    assert (told.value.status, told.value.code) == (503, "start-uncertain")
    monkeypatch.undo()
    again = replace(WANTED, given_id=told.value.fields["instanceId"])
    assert (await starts.accept(router.context, again)).parked


async def test_a_start_that_is_parked_under_an_id_of_the_routers_own_is_not_sent_beside_it() -> (
    None
):
    router = await router_with_registered_line()
    taken = await starts.accept(router.context, replace(WANTED, given_id=None))
    await router.bring_line_up()
    with pytest.raises(Refusal, match="was already started"):
        await starts.accept(router.context, replace(WANTED, given_id=taken.instance_id))
    assert router.azure.started == []


async def test_so_is_one_whose_claim_cannot_be_read_once_it_is_parked(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    router = await router_with_registered_line()
    park = router.orchestrations.start

    async def away(instance_id: str) -> None:
        raise Unreadable(instance_id)

    async def parked(name: str, instance_id: str, value: dict[str, Any]) -> bool:
        monkeypatch.setattr(router.catalog, "claim", away)
        return bool(await park(name, instance_id, value))

    monkeypatch.setattr(router.orchestrations, "start", parked)
    with pytest.raises(Unavailable) as told:
        await starts.accept(router.context, WANTED)
    assert (told.value.code, told.value.fields["instanceId"]) == ("start-uncertain", NAME)
    assert "for version 1.0 with the instance id 'order-17'" in told.value.detail
