"""A call that was held up while another was done, and its line continued, changes nothing."""

from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from semver import Version

from router.domain.line_states import LineState
from router.domain.model import OperationKind
from router.line_rows import get_line
from router.lines import actions, monitor
from router.operations import runner
from router.operations.begin import begin
from router.retiring import retention
from tests.fakes.hooks import Hook, Hookable
from tests.fakes.router import LINE_ID, STEPS_BY_NAME, InMemoryRouter

Go = Callable[[], Awaitable[Any]]


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router whose line is up, and whose apps can be drained."""
    router = InMemoryRouter(None, None, ROUTER_RETENTION_SECONDS="60")
    router.azure.can_drain = True
    await router.open_line()
    return router


async def reached(router: InMemoryRouter, step: str) -> str:
    """Run the operation up to a step, and return the operation's id."""
    operation = str((await get_line(router.catalog, LINE_ID)).operation)
    while (await runner.remaining_steps(router.context, operation))[0] != step:
        await router.run_next_step_and_wait()
    return operation


def held_up(fake: Hookable, method: str, go_on: Go) -> Hook:
    """Return a hook by which one call of a method is held up until the line has continued."""

    async def hold_up(*_: object, **__: object) -> None:
        fake.restore(method)
        await go_on()

    return hold_up


async def test_late_deployment_puts_no_older_package_on_a_line(router: InMemoryRouter) -> None:
    async def go_on() -> None:
        await router.finish_operations()
        await begin(router.context, LINE_ID, OperationKind.PATCH, Version(1, 0, 2))
        assert str((await router.finish_operations()).release) == "1.0.2"

    await begin(router.context, LINE_ID, OperationKind.PATCH, Version(1, 0, 1))
    operation = await reached(router, "deploy_package")
    before = len(router.azure.calls("deploy"))
    router.azure.before("content", held_up(router.azure, "content", go_on))
    for _ in range(4):  # the host is paused first
        await runner.run_step(router.context, STEPS_BY_NAME["deploy_package"], operation)
    assert len(router.azure.calls("deploy")) == before + 2
    assert not router.azure.drains


async def retire(router: InMemoryRouter) -> None:
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)


async def revive(router: InMemoryRouter) -> None:
    await router.finish_operations()
    await actions.revive(router.context, LINE_ID)
    assert (await router.finish_operations()).state is LineState.ACTIVE


async def test_late_cleanup_drops_no_tables_of_a_revived_line(router: InMemoryRouter) -> None:
    await retire(router)
    await router.finish_operations()
    router.azure.pass_time(61)
    await retention.tick(router.context, LINE_ID)

    async def go_on() -> None:
        await revive(router)
        router.azure.purged.clear()

    operation = await reached(router, "delete_rows")
    router.catalog.after("lines", held_up(router.catalog, "lines", go_on))
    await runner.run_step(router.context, STEPS_BY_NAME["delete_rows"], operation)
    assert (await get_line(router.catalog, LINE_ID)).state is LineState.ACTIVE
    assert router.azure.purged == []
