"""Parking a start exactly once, and bringing parked starts to their line."""

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from router.apps.forwarding import Start
from router.apps.limits import Limits
from router.domain.errors import Refusal, Unavailable, Unreadable
from router.domain.instance_id import make
from router.domain.version import LineId, RequestedVersion
from router.starts import parking
from router.starts import service as starts
from router.starts.outcomes import Forwarded, Waiting
from router.starts.parked_start import park_id
from router.starts.service import StartRequest
from tests.fakes.router import (
    LINE_ID,
    NOON,
    InMemoryRouter,
    router_with_parked_start,
    router_with_registered_line,
)

NAME = "order-17"
REQUESTED = RequestedVersion(LINE_ID)
WANTED = StartRequest(REQUESTED, "order", NAME, "1")
START = Start("order", NAME, "1", NOON, given=True)
AWAY = Unavailable("hub-unavailable", "The hub is away.")


async def test_generated_id_starts_once(router: InMemoryRouter) -> None:
    """A caller sends one to retry a start whose outcome was unknown."""
    again = replace(WANTED, given_id=make(LINE_ID, "0" * 32))
    assert not (await starts.accept(router.context, again)).parked
    owner = router.azure.owners[str(again.given_id)]
    for status in ("Running", "Completed"):
        router.azure.owners[str(again.given_id)] = replace(owner, runtime_status=status)
        with pytest.raises(Refusal, match="was already started"):
            await starts.accept(router.context, again)


async def test_parked_start_is_forwarded_with_the_trace_of_its_caller() -> None:
    router = await router_with_registered_line()
    trace = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
    await starts.accept(router.context, replace(WANTED, trace=trace))
    await router.bring_line_up()
    assert await router.attempt(NAME) == Forwarded()
    assert router.azure.calls("start")[0][4] == trace


async def test_lost_response_to_parking_is_checked() -> None:
    router = await router_with_registered_line()

    async def lose_response(*_: Any) -> None:
        raise AWAY

    router.orchestrations.after("start", lose_response)
    assert (await starts.accept(router.context, WANTED)).parked


async def test_request_delivered_twice_parks_the_start() -> None:
    router = await router_with_registered_line()

    async def deliver(name: str, instance_id: str, value: dict[str, Any]) -> None:
        router.orchestrations.started[instance_id] = name, value
        router.orchestrations.running.add(instance_id)

    router.orchestrations.before("start", deliver)
    assert (await starts.accept(router.context, WANTED)).parked
    assert await router.parked_input(NAME) == "1"


async def test_another_start_of_a_parked_id_is_not_parked() -> None:
    router = await router_with_registered_line()
    first = await parking.park(router.context, START, REQUESTED)
    later = replace(START, since=START.since + timedelta(microseconds=1), value="2")
    assert await parking.park(router.context, later, REQUESTED) is None
    assert router.parked(NAME) == first
    assert [value for value, _ in router.parked_inputs.kept.values()] == ["1"]


async def test_input_of_a_parked_start_is_in_no_orchestration() -> None:
    router = await router_with_registered_line()
    await starts.accept(router.context, replace(WANTED, value='"secret"'))
    assert "secret" not in str(router.orchestrations.started)
    assert await router.parked_input(NAME) == '"secret"'


async def test_input_is_deleted_once_its_start_is_forwarded() -> None:
    router = await router_with_registered_line()
    await starts.accept(router.context, WANTED)
    await router.bring_line_up()
    assert await router.attempt(NAME) == Forwarded()
    assert router.azure.calls("start")[0][3] == b"1"
    assert await router.parked_input(NAME) is None
    assert await router.attempt(NAME) == Forwarded()  # delivered again
    assert len(router.azure.calls("start")) == 1


async def test_start_whose_input_is_gone_stays_parked() -> None:
    """Someone has deleted it by hand, perhaps only for now."""
    router = await router_with_registered_line()
    await starts.accept(router.context, WANTED)
    kept = dict(router.parked_inputs.kept)
    router.parked_inputs.kept.clear()
    await router.bring_line_up()
    outcome = await router.attempt(NAME)
    assert isinstance(outcome, Waiting)
    assert outcome.reason == "its input was deleted from storage"
    router.parked_inputs.kept |= kept
    assert await router.attempt(NAME) == Forwarded()


async def test_input_that_cannot_be_stored_leaves_the_start_uncertain() -> None:
    router = await router_with_registered_line()
    router.parked_inputs.fail("put", Unreadable("away"))
    with pytest.raises(Unavailable) as refused:
        await starts.accept(router.context, WANTED)
    assert refused.value.code == "start-uncertain"
    assert router.orchestrations.started == {}


async def test_start_waits_for_the_parked_one_of_another_line() -> None:
    """Its id was another line's, whose start was parked late and will be cancelled."""
    router = await router_with_registered_line()
    assert await parking.park(router.context, START, REQUESTED)
    with pytest.raises(Unavailable) as refused:
        await parking.park(router.context, START, RequestedVersion(LineId(1, 1)))
    assert refused.value.code == "instance-parked"


async def test_conflict_that_cannot_be_checked_is_uncertain() -> None:
    router = await router_with_registered_line()
    assert await parking.park(router.context, START, REQUESTED)
    router.orchestrations.fail("get", AWAY)
    with pytest.raises(Unavailable) as refused:
        await parking.park(router.context, START, REQUESTED)
    assert refused.value.code == "start-uncertain"


async def test_uncertain_start_names_the_id_to_retry() -> None:
    router = await router_with_registered_line()
    router.orchestrations.fail("start", AWAY)
    with pytest.raises(Unavailable) as refused:
        await starts.accept(router.context, replace(WANTED, given_id=None))
    assert (refused.value.status, refused.value.code) == (503, "start-uncertain")
    router.orchestrations.restore("start")
    again = replace(WANTED, given_id=refused.value.fields["instanceId"])
    assert (await starts.accept(router.context, again)).parked


async def test_parked_start_with_a_generated_id_is_not_sent_again() -> None:
    router = await router_with_registered_line()
    accepted = await starts.accept(router.context, replace(WANTED, given_id=None))
    await router.bring_line_up()
    with pytest.raises(Refusal, match="was already started"):
        await starts.accept(router.context, replace(WANTED, given_id=accepted.instance_id))
    assert router.azure.started == []


async def test_start_is_uncertain_if_its_claim_is_unreadable() -> None:
    router = await router_with_registered_line()

    async def lose_catalog(*_: Any) -> None:
        router.catalog.fail("claim", Unreadable(NAME))

    router.orchestrations.after("start", lose_catalog)
    with pytest.raises(Unavailable) as refused:
        await starts.accept(router.context, WANTED)
    assert (refused.value.code, refused.value.fields["instanceId"]) == ("start-uncertain", NAME)
    assert "for version 1.0 with the instance id 'order-17'" in refused.value.detail


async def test_redelivered_attempt_leaves_its_instance_alone() -> None:
    router = await router_with_parked_start()
    await router.bring_line_up()
    assert await router.attempt(NAME) == Forwarded()
    router.orchestrations.end(park_id(NAME), "Completed", {"state": "forwarded"})
    before = list(router.azure.work)
    await router.attempt(NAME)
    assert (router.azure.started, router.azure.work) == ([NAME], before)
    assert len(before) == 1


async def test_app_is_sent_a_few_starts_at_once() -> None:
    router = await router_with_registered_line()
    router.context = replace(router.context, limits=Limits(router.context.monotonic, sending=3))
    await router.bring_line_up()
    at_once: list[int] = [0]

    async def send_slowly(*_: Any, **__: Any) -> None:
        at_once.append(at_once[-1] + 1)
        await asyncio.sleep(0.01)
        at_once.append(at_once[-1] - 1)

    router.azure.before("start", send_slowly)
    names = [f"order-{number}" for number in range(40)]
    for name in names:
        await parking.park(router.context, replace(START, instance_id=name, given=False), REQUESTED)
    outcomes = await asyncio.gather(*(router.attempt(name) for name in names))
    assert outcomes == [Forwarded()] * len(names)
    assert max(at_once) == 3
    assert sorted(router.azure.started) == sorted(names)


async def test_start_without_a_slot_pauses_longer_and_longer() -> None:
    router = await router_with_parked_start()
    router.context = replace(router.context, limits=Limits(router.context.monotonic, waiting=0))
    pauses = []
    for seconds in (0, 30, 50, 400):
        router.azure.pass_time(seconds)
        outcome = await router.attempt(NAME)
        assert isinstance(outcome, Waiting)
        pauses.append(outcome.seconds)
    assert pauses == [5.0, 7.5, 20.0, 60.0]
