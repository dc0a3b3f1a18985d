"""What a caller is told of a start that is parked, and how it is ended before it arrives."""

import asyncio
import time
from dataclasses import replace
from functools import partial
from typing import Any

import pytest

from router.apps.forwarding import Start
from router.apps.limits import Limits
from router.domain.errors import Refusal, Unavailable, Unreadable
from router.domain.model import Owner
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.instances.changes import Changed
from router.instances.owner import line_id_of
from router.instances.status import status as status_of
from router.line_rows import get_line
from router.lines import actions
from router.ports import Answer, StatusQuery
from router.starts import cancellation, parking
from router.starts import service as starts
from router.starts.cancellation import ParkedState
from router.starts.outcomes import Cancelled, Forwarded, Waiting
from router.starts.parked_start import ParkedStart, park_id
from router.starts.service import StartRequest
from tests.fakes.orchestrations import AT
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

NAME = "order-17"
PARKED = park_id(NAME)
TERMINATE = partial(changes.terminate, reason="enough")
EVENT = partial(changes.raise_event, name="go", body=b"1")
PURGE = changes.purge
QUERY = StatusQuery()
REFUSED = {"state": "rejected", "detail": "The app refused to start 'order' (status 400)."}


@pytest.fixture
async def router(monkeypatch: pytest.MonkeyPatch) -> InMemoryRouter:
    """With one start parked."""
    monkeypatch.setattr(cancellation, "_POLL", 0.0)
    router = InMemoryRouter(
        monotonic=time.monotonic, ROUTER_MARGIN_SECONDS="0", ROUTER_POLL_SECONDS="0.05"
    )
    await router.register()
    await starts.accept(
        router.context, StartRequest(RequestedVersion(LINE_ID), "order", NAME, '{"n": 1}')
    )
    return router


async def status(router: InMemoryRouter, query: StatusQuery = QUERY) -> Any:
    return await status_of(router.context, NAME, query)


async def change(router: InMemoryRouter, wanted: Any) -> Any:
    return await wanted(router.context, NAME)


async def code(router: InMemoryRouter, wanted: Any) -> str:
    with pytest.raises((Refusal, Unavailable)) as told:
        await change(router, wanted)
    return told.value.code


async def test_a_parked_start_is_pending_and_shows_its_input_only_if_asked(
    router: InMemoryRouter,
) -> None:
    shown = await status(router)
    assert shown == {
        "name": "order",
        "instanceId": NAME,
        "runtimeStatus": "Pending",
        "input": {"n": 1},
        "customStatus": {
            "router": {
                "line": "1.0",
                "waitingFor": "provisioning",
                "since": "2026-11-22T12:00:00Z",
                "step": None,
            }
        },
        "output": None,
        "createdTime": "2026-11-22T12:00:00Z",
        "lastUpdatedTime": "2026-11-22T13:00:00Z",
    }
    assert (await status(router, StatusQuery(show_input=False)))["input"] is None
    assert await code(router, EVENT) == "instance-parked"
    assert await code(router, PURGE) == "instance-parked"


async def test_a_start_that_its_app_refused_for_good_is_a_failed_instance_until_it_is_purged(
    router: InMemoryRouter,
) -> None:
    router.orchestrations.end(PARKED, "Completed", REFUSED)
    shown = await status(router)
    assert (shown["runtimeStatus"], shown["output"]) == ("Failed", REFUSED["detail"])
    assert shown["customStatus"] is None
    assert await code(router, TERMINATE) == "instance-ended"
    assert await change(router, PURGE) == Changed(
        Answer(200, {}, b'{"instancesDeleted": 1}'), LINE_ID
    )
    with pytest.raises(Refusal, match="There is no instance"):
        await status(router)


async def test_a_parked_start_is_terminated_and_never_started(router: InMemoryRouter) -> None:
    assert await change(router, TERMINATE) == Changed(Answer(202, {}, b""), LINE_ID)
    shown = await status(router)
    assert (shown["runtimeStatus"], shown["output"]) == ("Terminated", "enough")
    line = await get_line(router.context.catalog, LINE_ID)
    assert line.operation is None
    await comes_up(router)
    order = ParkedStart.from_dict(router.orchestrations.started[PARKED][1])
    assert await parking.bring_to_line(router.context, order) == Cancelled()
    assert router.azure.started == []


async def test_a_start_that_is_terminated_while_it_is_forwarded_is_terminated_by_its_app(
    router: InMemoryRouter,
) -> None:
    await comes_up(router)
    order = ParkedStart.from_dict(router.orchestrations.started[PARKED][1])

    async def meanwhile(*_: object, **__: object) -> None:
        assert await cancellation.cancel(router.context, order, "enough")

    router.azure.before("start", meanwhile)
    await parking.bring_to_line(router.context, order)
    assert router.azure.started == [NAME]
    assert router.azure.work == []  # its app was asked to end it


async def test_one_that_has_arrived_meanwhile_is_not_taken_for_ended(
    router: InMemoryRouter,
) -> None:
    order = ParkedStart.from_dict(router.orchestrations.started[PARKED][1])
    router.azure.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    assert not await cancellation.cancel(router.context, order, "enough")


async def test_one_that_arrives_after_its_app_has_looked_for_it_is_not_unknown(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    await comes_up(router)

    async def arrives(*_: Any) -> Answer:
        router.azure.owners[NAME] = Owner("Hub1x0", "Pending", AT)
        return Answer(404, {}, b"")

    monkeypatch.setattr(router.azure, "manage", arrives)
    await router.context.snapshots.refresh()
    assert await code(router, EVENT) == "instance-parked"
    router.orchestrations.end(PARKED, "Completed", {"state": "forwarded"})
    assert await code(router, EVENT) == "instance-parked"
    monkeypatch.setattr(router.azure, "owner", never)
    assert await code(router, EVENT) == "unknown-instance"


async def never(instance_id: str) -> None: ...


async def test_an_end_that_is_not_seen_in_time_is_to_be_asked_for_again(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def later(instance_id: str, reason: str) -> None: ...

    monkeypatch.setattr(router.orchestrations, "terminate", later)
    monkeypatch.setattr(cancellation, "_PATIENCE", 0.05)
    assert await code(router, TERMINATE) == "instance-parked"


async def test_a_lap_of_an_earlier_start_of_the_same_id_leaves_the_later_one_alone(
    router: InMemoryRouter,
) -> None:
    earlier = ParkedStart.from_dict(router.orchestrations.started[PARKED][1])
    later = replace(earlier, start=replace(earlier.start, value="2"))
    assert await cancellation.state_of(router.context, earlier) is ParkedState.PARKED
    router.orchestrations.end(PARKED, "Terminated", "enough")
    assert await cancellation.state_of(router.context, earlier) is ParkedState.CANCELLED
    assert await parking.park(router.context, later.start, later.requested)
    assert await cancellation.state_of(router.context, earlier) is ParkedState.OVER
    assert await cancellation.state_of(router.context, later) is ParkedState.PARKED


async def test_a_lap_that_is_delivered_once_more_leaves_alone_what_it_has_started(
    router: InMemoryRouter,
) -> None:
    await comes_up(router)
    order = ParkedStart.from_dict(router.orchestrations.started[PARKED][1])
    assert await parking.bring_to_line(router.context, order) == Forwarded()
    router.orchestrations.end(PARKED, "Completed", {"state": "forwarded"})
    there = list(router.azure.work)
    await parking.bring_to_line(router.context, order)
    assert (router.azure.started, router.azure.work) == ([NAME], there)
    assert len(there) == 1


async def test_a_start_that_waits_under_the_id_of_an_ended_instance_is_pending(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The ended one is another's; nothing is told of it until the start has arrived."""
    router.orchestrations.end(PARKED, "Completed", {"state": "forwarded"})
    ended = {"runtimeStatus": "Completed", "instanceId": NAME}
    router.azure.statuses[NAME] = ended
    router.azure.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    assert await status(router) == ended
    router.azure.pass_time(3600)
    await starts.accept(router.context, StartRequest(RequestedVersion(LINE_ID), "order", NAME, "2"))
    assert (await status(router))["runtimeStatus"] == "Pending"
    router.azure.owners[NAME] = Owner("Hub1x0", "Completed", AT)
    assert await status(router) == ended


async def test_the_line_of_a_callers_id_is_told_as_far_as_it_can_be(
    router: InMemoryRouter, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = line_id_of
    assert await told(router.context, NAME) == LINE_ID
    assert await told(router.context, "2-3-" + "0" * 32) == LineId(2, 3)
    assert await told(router.context, "nobody") is None

    async def away(instance_id: str) -> None:
        raise Unreadable(instance_id)

    monkeypatch.setattr(router.catalog, "claim", away)
    assert await told(router.context, NAME) is None


async def test_an_app_is_sent_a_few_at_once_of_the_starts_that_wait_for_it(
    router: InMemoryRouter,
) -> None:
    context = replace(router.context, limits=Limits(router.context.monotonic, sending=3))
    await comes_up(router)
    at_once: list[int] = [0]

    async def slowly(*_: object, **__: object) -> None:
        at_once.append(at_once[-1] + 1)
        await asyncio.sleep(0.01)
        at_once.append(at_once[-1] - 1)

    router.azure.before("start", slowly)
    names = [f"order-{number}" for number in range(40)]
    for name in names:
        await parking.park(
            router.context, Start("order", name, "1", NOON), RequestedVersion(LINE_ID)
        )
    parked = [
        ParkedStart.from_dict(router.orchestrations.started[park_id(name)][1]) for name in names
    ]
    ends = await asyncio.gather(*(parking.bring_to_line(context, each) for each in parked))
    assert ends == [Forwarded()] * len(names)
    assert max(at_once) == 3
    assert sorted(router.azure.started) == sorted(names)


async def test_who_is_not_among_the_first_looks_the_more_rarely_the_longer_it_has_waited(
    router: InMemoryRouter,
) -> None:
    context = replace(router.context, limits=Limits(router.context.monotonic, waiting=0))
    order = ParkedStart.from_dict(router.orchestrations.started[PARKED][1])
    pauses = []
    for passed in (0, 30, 50, 400):
        router.azure.pass_time(passed)
        outcome = await parking.bring_to_line(context, order)
        pauses.append(outcome.seconds)
        assert isinstance(outcome, Waiting)
    assert pauses == [5.0, 7.5, 20.0, 60.0]


async def comes_up(router: InMemoryRouter) -> None:
    await actions.revive(router.context, LINE_ID)
    await router.finish_operations()
