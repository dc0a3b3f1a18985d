"""Retirement spares an app with other tags: not the line's own, or its own with changed tags."""

from dataclasses import replace

import pytest

from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.resource_names import APP_TAG, HUB_SETTINGS_TAG, HUB_TAG, LINE_TAG
from router.draining import judgement
from router.line_rows import get_line
from router.lines import actions, monitor
from tests.fakes.router import LINE_ID, InMemoryRouter

OTHER_TAGS = {"owner": "another team"}


@pytest.fixture
def router() -> InMemoryRouter:
    return InMemoryRouter()


async def watched(router: InMemoryRouter) -> Line:
    """Return the line after some ticks of its monitor and the operations that they begin."""
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
        line = await router.finish_operations()
    return line


@pytest.mark.parametrize(
    "tags",
    [{}, OTHER_TAGS, {APP_TAG: "orders", LINE_TAG: "9.9"}, {APP_TAG: "bills", LINE_TAG: "1.0"}],
)
async def test_line_keeps_its_hub_while_its_app_has_other_tags(
    router: InMemoryRouter, tags: dict[str, str]
) -> None:
    await router.provision()
    original, router.azure.tags = router.azure.tags, tags
    await actions.drain(router.context, LINE_ID)
    line = await watched(router)
    assert (line.state, line.operation) == (LineState.RETIRING, None)
    assert (router.azure.has_app, router.azure.has_plan, router.azure.deleted) == (True, True, 0)
    error = (
        "The function app app of line 1.0 no longer has the router's tags and was left "
        f"alone. Restore its tags ({APP_TAG} = 'orders', {LINE_TAG} = '1.0', {HUB_TAG} = "
        f"'Hub1x0', {HUB_SETTINGS_TAG} = '4 queues, hidden 60 s, in /Hub1x0') or delete it"
    )
    assert line.error is not None
    assert line.error.startswith(error)
    router.azure.tags = original
    router.azure.pass_time(3600)  # after which a failed retirement is tried again
    line = await watched(router)
    assert (line.state, router.azure.has_app, router.azure.deleted) == (LineState.RETIRED, False, 1)
    assert router.azure.cleaned_app == "app"


async def test_hub_with_many_instances_is_read_in_several_calls(router: InMemoryRouter) -> None:
    """Two readings of two calls each find it empty, and so does the fence."""
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    router.azure.reading_cursors = iter(["1", None, "2", None, "3", None])
    verdicts = []
    for seconds in (39, 1, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
        line = await get_line(router.context.catalog, LINE_ID)
        assert line.drain is not None
        verdicts.append(str(line.drain.verdict))
    assert verdicts == ["unknown", "unknown", "unknown", "drained"]
    assert (await router.finish_operations()).state is LineState.RETIRED
    assert router.azure.cursors[:6] == [None, "1", None, "2", None, "3"]


async def test_start_during_the_fence_ends_its_reading(router: InMemoryRouter) -> None:
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await judgement.judged(router.context, await get_line(router.context.catalog, LINE_ID))
    await actions.retire(router.context, LINE_ID)
    router.azure.reading_cursors = iter(["1"])

    async def start(*_: object) -> None:
        router.azure.restore("read")
        line = await get_line(router.context.catalog, LINE_ID)
        await router.catalog.replace_line(replace(line, last_start_at=router.now()))

    router.azure.after("read", start)
    line = await router.finish_operations()
    assert (line.state, router.azure.deleted) == (LineState.DRAINING, 0)


async def test_plan_with_other_tags_fails_the_retirement(router: InMemoryRouter) -> None:
    await router.provision()
    router.azure.has_app, router.azure.tags = False, OTHER_TAGS
    await actions.drain(router.context, LINE_ID)
    router.azure.has_app = False
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await judgement.judged(router.context, await get_line(router.context.catalog, LINE_ID))
    await actions.retire(router.context, LINE_ID)
    line = await router.finish_operations()
    assert line.error is not None
    assert line.error.startswith("The plan plan of line 1.0 no longer has the router")
    assert (router.azure.has_plan, router.azure.deleted) == (True, 0)


async def test_line_that_never_had_an_app_spares_another_owners(router: InMemoryRouter) -> None:
    """An app of that name exists and belongs to someone else, and so do its secrets and package."""
    router.azure.has_app, router.azure.tags = True, OTHER_TAGS
    assert (await router.provision()).state is LineState.FAILED
    router.azure.has_plan = False
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await judgement.judged(router.context, await get_line(router.context.catalog, LINE_ID))
    await actions.retire(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, line.error) == (LineState.RETIRED, None)
    assert (router.azure.has_app, router.azure.tags) == (True, OTHER_TAGS)
    assert (router.azure.deleted, router.azure.cleaned_app) == (1, None)
    operation = await router.catalog.operation(line.retirement or "")
    assert operation is not None
    details = {step.name: step.detail for step in operation.steps}
    assert (
        details["delete_function_app"]
        == "function app app does not belong to this router and was left alone"
    )
    assert details["delete_plan"] == "plan plan is deleted"
    assert line.teardown_report is not None
    assert line.teardown_report.absent[1:] == ("queues alone",)
