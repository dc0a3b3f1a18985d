"""Requests to the apps of the lines: how ids and trace contexts travel."""

import time

import pytest

from router.domain.errors import Unavailable
from router.domain.version import RequestedVersion
from router.line_rows import get_line
from router.ports import Answer
from router.starts import service as starts
from router.starts.outcomes import Waiting
from router.starts.service import StartRequest
from tests.fakes.router import LINE_ID, InMemoryRouter

TRACE = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}


@pytest.fixture
async def router() -> InMemoryRouter:
    router = InMemoryRouter()
    await router.provision()
    return router


@pytest.mark.parametrize(
    ("instance_id", "sent"),
    [
        ("order 7", "order 7"),
        ("a%41", "a%252541"),
        ("a+b", "a%252Bb"),
        (".", "%252E"),
        ("..", "%252E%252E"),
        ("a/b", "a%252Fb"),
    ],
)
async def test_id_that_an_orchestration_chose_arrives_whole(
    router: InMemoryRouter, instance_id: str, sent: str
) -> None:
    """It is encoded once more when it is sent, and Durable decodes it up to three times."""
    line = await get_line(router.catalog, LINE_ID)
    await router.context.apps.terminate(line, instance_id, "enough")
    assert router.azure.calls("manage")[0][2] == f"instances/{sent}/terminate"


@pytest.mark.parametrize("status", [401, 403])
async def test_rejected_key_is_listed_again(router: InMemoryRouter, status: int) -> None:
    router.azure.answer("manage", Answer(status, {}, b""))
    line = await get_line(router.catalog, LINE_ID)
    listed = len(router.azure.calls("app_keys"))
    answer = await router.context.apps.terminate(line, "order-17", "enough")
    assert answer.status == status
    assert len(router.azure.calls("manage")) == 2
    assert len(router.azure.calls("app_keys")) > listed


async def test_stopped_app_costs_no_keys_and_opens_its_circuit() -> None:
    router = InMemoryRouter(monotonic=time.monotonic)
    await router.provision()
    line, apps = await get_line(router.catalog, LINE_ID), router.context.apps
    await apps.route(line)
    listed = len(router.azure.calls("app_keys"))
    for call in ("ask", "start", "manage"):
        router.azure.fail(call, Unavailable("app-stopped", "The line's app is stopped."))
    for _ in range(100):
        with pytest.raises(Unavailable, match="is stopped"):
            await apps.terminate(line, "order-17", "enough")
    assert apps.is_away(line)
    assert len(router.azure.calls("app_keys")) == listed
    await apps.report(line)
    assert not apps.is_away(line)  # its host has answered


async def test_start_on_a_stopped_app_waits(router: InMemoryRouter) -> None:
    for call in ("ask", "start"):
        router.azure.fail(call, Unavailable("app-stopped", "The line's app is stopped."))
    wanted = StartRequest(RequestedVersion(LINE_ID), "order", None, "1")
    parked = await starts.accept(router.context, wanted)
    assert parked.parked
    assert isinstance(await router.attempt(parked.instance_id), Waiting)


async def test_trace_context_is_passed_on(router: InMemoryRouter) -> None:
    line = await get_line(router.catalog, LINE_ID)
    until = router.context.apps.deadline() + 1_000
    await router.context.apps.start(line, "order", "order-17", b"1", TRACE, until=until)
    assert router.azure.calls("start")[0][4] == TRACE


@pytest.mark.parametrize("status", [401, 403])
async def test_start_sent_again_has_a_newly_listed_key(router: InMemoryRouter, status: int) -> None:
    router.azure.answer("start", Answer(status, {}, b""))
    line = await get_line(router.catalog, LINE_ID)
    apps = router.context.apps
    listed = len(router.azure.calls("app_keys"))
    for _ in range(2):
        await apps.start(line, "order", "order-17", b"1", until=apps.deadline() + 1_000)
    assert len(router.azure.calls("app_keys")) > listed


async def test_change_is_not_sent_to_an_app_that_sleeps(router: InMemoryRouter) -> None:
    """It would be applied late, when its id may be another instance's."""
    router.azure.answer("ask", Answer(503, {}, b""))
    line = await get_line(router.catalog, LINE_ID)
    answer = await router.context.apps.terminate(line, "a+b", "enough")
    assert answer.status == 503
    assert router.azure.calls("manage") == []
    assert router.azure.calls("ask")[0][1] == "instances/a%252Bb"


async def test_app_that_has_just_answered_is_sent_a_change_at_once() -> None:
    router = InMemoryRouter(monotonic=time.monotonic)
    await router.provision()
    line = await get_line(router.catalog, LINE_ID)
    for name in ("order-17", "order-18"):
        await router.context.apps.terminate(line, name, "enough")
    assert len(router.azure.calls("ask")) == 1
    assert len(router.azure.calls("manage")) == 2
