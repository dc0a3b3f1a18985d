"""A line that a newer router has changed is shown, and an older one leaves it alone."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from functools import partial

import pytest

from router.domain.errors import RouterError, Unavailable
from router.domain.line_states import LineState
from router.domain.model import Line, Operation, OperationKind, Progress, Step
from router.domain.version import LineId, RequestedVersion
from router.instances import changes
from router.line_rows import get_line
from router.lines import actions, monitor
from router.lines.supervision import ensure_supervised
from router.operations import runner
from router.retiring import retention
from router.routing.rules import resolve
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

PAUSED = LineState("paused")
INSTANCE = f"1-0-{0:032x}"
ORDERS = (actions.drain, actions.undrain, actions.retire, actions.revive)


async def paused(router: InMemoryRouter) -> Line:
    """Return the line in a state of a newer router."""
    rows = router.catalog._rows
    rows[Line, LINE_ID] = replace(rows[Line, LINE_ID], state=PAUSED)
    await router.context.snapshots.refresh()
    return await get_line(router.catalog, LINE_ID)


async def refused(call: Callable[[], Awaitable[object]]) -> str:
    with pytest.raises(RouterError) as error:
        await call()
    return error.value.code


async def test_nothing_changes_such_a_line(router: InMemoryRouter) -> None:
    line = await paused(router)
    for _ in range(3):
        assert await monitor.tick(router.context, LINE_ID)
    assert await retention.tick(router.context, LINE_ID) is None
    for order in ORDERS:
        assert await refused(partial(order, router.context, LINE_ID)) == "newer-router"
    for change in (
        partial(changes.purge, router.context, INSTANCE),
        partial(changes.rewind, router.context, INSTANCE, None),
        partial(changes.terminate, router.context, INSTANCE, None),
    ):
        assert await refused(change) == "newer-router"
    assert await get_line(router.catalog, LINE_ID) == line
    assert router.azure.has_app


async def test_a_start_gets_503(router: InMemoryRouter) -> None:
    await paused(router)
    snapshot = await router.context.snapshots.refresh()
    with pytest.raises(Unavailable) as error:
        resolve(RequestedVersion(LINE_ID), snapshot)
    assert (error.value.status, error.value.code) == (503, "newer-router")
    assert "'paused'" in error.value.detail


async def test_another_line_supervises_in_its_place(router: InMemoryRouter) -> None:
    lower = Line(LineId(0, 9), LineState.ACTIVE, NOON, "app9", "plan9", "Hub0x9")
    await router.catalog.add_line(lower)
    await paused(router)
    router.orchestrations.running.clear()
    await ensure_supervised(router.context)
    assert "monitor-0-9" in router.orchestrations.running


async def test_an_operation_with_an_unknown_step_waits(router: InMemoryRouter) -> None:
    steps = (Step("fence", Progress.SUCCEEDED), Step("dance"))
    await router.catalog.add_operation(
        Operation("retire-1-0-2", OperationKind.RETIRE, LINE_ID, None, NOON, steps=steps)
    )
    for call in (runner.remaining_steps, runner.end):
        assert await refused(partial(call, router.context, "retire-1-0-2")) == "newer-router"
