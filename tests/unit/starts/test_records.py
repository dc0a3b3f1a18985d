"""Nothing is kept of a parked start for longer than it is needed."""

from datetime import timedelta

import pytest

from router.domain.errors import Refusal, Unavailable
from router.domain.instance_id import make
from router.domain.version import RequestedVersion
from router.instances import changes
from router.instances.status import status
from router.ports import Answer, Kept, StatusQuery
from router.starts import service as starts
from router.starts.outcomes import Forwarded, as_json
from router.starts.parked_start import park_id
from router.starts.parking import restart_failed
from router.starts.records import delete_old_records
from router.starts.service import StartRequest
from tests.fakes.router import LINE_ID, InMemoryRouter, router_with_registered_line

CHOSEN, MADE = "order-17", make(LINE_ID, "0" * 32)
DAY = 86400.0


@pytest.fixture(params=[CHOSEN, MADE])
async def parked(request: pytest.FixtureRequest) -> tuple[InMemoryRouter, str]:
    """Return a router that holds one parked start, and its id."""
    router = await router_with_registered_line()
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", request.param, '{"n": 1}')
    await starts.accept(router.context, wanted)
    router.orchestrations.at = router.now()
    return router, request.param


async def forward(router: InMemoryRouter, name: str) -> None:
    await router.bring_line_up()
    outcome = await router.attempt(name)
    assert outcome == Forwarded()
    router.orchestrations.end(park_id(name), "Completed", as_json(outcome))


async def clean_up(router: InMemoryRouter) -> None:
    router.context.limits._checked.clear()
    router.azure.pass_time(1)
    await delete_old_records(router.context)


async def test_nothing_is_left_of_a_start_that_was_forwarded(
    parked: tuple[InMemoryRouter, str],
) -> None:
    """The record of a caller's id has no input, and may be the next start's already."""
    router, name = parked
    await forward(router, name)
    await clean_up(router)
    assert router.parked_inputs.kept == {}
    assert (park_id(name) in router.orchestrations.started) is (name == CHOSEN)


async def test_invalid_record_does_not_keep_the_others(parked: tuple[InMemoryRouter, str]) -> None:
    router, name = parked
    await forward(router, name)
    reference = await router.parked_inputs.put(LINE_ID, "broken", "{}")
    await router.parked_inputs.keep(reference, Kept.FORWARDED)
    await router.orchestrations.start("forward_start", park_id("broken"), {})
    await clean_up(router)
    assert [kept for kept in router.parked_inputs.kept if name in str(kept)] == []
    router.orchestrations.end(park_id("broken"), "Failed", None)
    await restart_failed(router.context)
    assert park_id("broken") not in router.orchestrations.running


async def test_record_stays_until_the_orchestration_has_ended(
    parked: tuple[InMemoryRouter, str],
) -> None:
    router, name = parked
    await router.bring_line_up()
    assert await router.attempt(name) == Forwarded()
    await clean_up(router)
    assert park_id(name) in router.orchestrations.started
    assert [kept for kept, _ in router.parked_inputs.kept] == [Kept.FORWARDED]


async def test_start_that_waits_keeps_its_input_however_long(
    parked: tuple[InMemoryRouter, str],
) -> None:
    router, name = parked
    router.azure.pass_time(100 * DAY)
    await clean_up(router)
    assert await router.parked_input(name) == '{"n": 1}'


async def test_cancelled_start_shows_its_input_during_its_retention(
    parked: tuple[InMemoryRouter, str],
) -> None:
    router, name = parked
    await changes.terminate(router.context, name, "enough")
    router.azure.pass_time(29 * DAY)
    await clean_up(router)
    shown = await status(router.context, name, StatusQuery())
    assert (shown["runtimeStatus"], shown["input"]) == ("Terminated", {"n": 1})
    router.azure.pass_time(2 * DAY)
    await clean_up(router)
    assert router.parked_inputs.kept == {}
    if name == MADE:
        with pytest.raises(Refusal, match="There is no instance"):
            await status(router.context, name, StatusQuery())


async def test_refused_start_shows_its_input(parked: tuple[InMemoryRouter, str]) -> None:
    router, name = parked
    await router.bring_line_up()
    router.azure.answer("start", Answer(400, {}, b""))
    outcome = await router.attempt(name)
    router.orchestrations.end(park_id(name), "Completed", as_json(outcome))
    shown = await status(router.context, name, StatusQuery())
    assert (shown["runtimeStatus"], shown["input"]) == ("Failed", {"n": 1})
    assert [kept for kept, _ in router.parked_inputs.kept] == [Kept.ENDED]


async def test_purge_of_a_cancelled_start_leaves_nothing(
    parked: tuple[InMemoryRouter, str],
) -> None:
    router, name = parked
    router.azure.answer("manage", Answer(404, {}, b""))
    await changes.terminate(router.context, name, "enough")
    with pytest.raises(Unavailable) as refused:
        await changes.purge(router.context, name)
    assert refused.value.code == "id-withdrawn"
    assert router.parked_inputs.kept != {}
    router.azure.pass_time(600)
    await changes.purge(router.context, name)
    assert (router.parked_inputs.kept, router.orchestrations.started.get(park_id(name))) == (
        {},
        None,
    )


async def test_purge_of_the_instance_deletes_the_record_of_its_start(
    parked: tuple[InMemoryRouter, str],
) -> None:
    router, name = parked
    await forward(router, name)
    router.azure.answer("manage", Answer(200, {}, b'{"instancesDeleted": 1}'))
    await changes.purge(router.context, name)
    assert park_id(name) not in router.orchestrations.started
    assert router.parked_inputs.kept == {}


async def test_input_that_was_left_behind_is_found(parked: tuple[InMemoryRouter, str]) -> None:
    """The router crashed before it had recorded the end."""
    router, name = parked
    router.orchestrations.end(park_id(name), "Completed", as_json(Forwarded()))
    router.azure.pass_time(timedelta(hours=2).total_seconds())
    await clean_up(router)
    assert [kept for kept, _ in router.parked_inputs.kept] == [Kept.FORWARDED]
    await clean_up(router)
    assert router.parked_inputs.kept == {}


async def test_input_without_an_orchestration_is_kept_for_long(
    parked: tuple[InMemoryRouter, str],
) -> None:
    """The router may be at a wrong hub, and return to the right one."""
    router, name = parked
    held = dict(router.orchestrations.started)
    router.orchestrations.started.clear()
    router.azure.pass_time(29 * DAY)
    await clean_up(router)
    router.orchestrations.started |= held
    assert await router.parked_input(name) == '{"n": 1}'
    router.orchestrations.started.clear()
    router.azure.pass_time(2 * DAY)
    await clean_up(router)
    assert router.parked_inputs.kept == {}
