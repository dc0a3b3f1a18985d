"""An app whose tags are not its line's: another's, or the line's own that somebody wrote over."""

import pytest

from router.domain.line_states import LineState
from router.domain.model import Line
from router.domain.resource_names import APP_TAG, HUB_SETTINGS_TAG, HUB_TAG, LINE_TAG
from router.line_rows import get_line
from router.lines import actions, monitor
from tests.fakes.router import LINE_ID, InMemoryRouter

FOREIGN = {"owner": "somebody"}


@pytest.fixture
def router() -> InMemoryRouter:
    return InMemoryRouter()


async def left_alone(router: InMemoryRouter) -> Line:
    """The line after some laps of its monitor, and of what they begin."""
    for seconds in (39, 6, 1):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
        line = await router.finish_operations()
    return line


@pytest.mark.parametrize(
    "tags",
    [{}, FOREIGN, {APP_TAG: "orders", LINE_TAG: "9.9"}, {APP_TAG: "bills", LINE_TAG: "1.0"}],
)
async def test_a_line_that_has_served_keeps_its_hub_while_its_app_carries_other_tags(
    router: InMemoryRouter, tags: dict[str, str]
) -> None:
    await router.provision()
    made, router.azure.tags = router.azure.tags, tags
    await actions.drain(router.context, LINE_ID)
    line = await left_alone(router)
    assert (line.state, line.operation) == (LineState.RETIRING, None)
    assert (router.azure.has_app, router.azure.has_plan, router.azure.deleted) == (True, True, 0)
    told = (
        "The function app app of line 1.0 no longer has the router's tags and was left "
        f"alone. Restore its tags ({APP_TAG} = 'orders', {LINE_TAG} = '1.0', {HUB_TAG} = "
        f"'Hub1x0', {HUB_SETTINGS_TAG} = '4 queues, hidden 60 s, in /Lines') or delete it"
    )
    assert line.error is not None
    assert line.error.startswith(told)
    router.azure.tags = made
    line = await left_alone(router)
    assert (line.state, router.azure.has_app, router.azure.deleted) == (LineState.RETIRED, False, 1)
    assert router.azure.cleaned_app == "app"


async def test_a_plan_that_carries_other_tags_is_not_said_to_be_gone(
    router: InMemoryRouter,
) -> None:
    await router.provision()
    router.azure.has_app, router.azure.tags = False, FOREIGN
    await actions.drain(router.context, LINE_ID)
    router.azure.has_app = False
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.judged(router.context, await get_line(router.context.catalog, LINE_ID))
    await actions.retire(router.context, LINE_ID)
    line = await router.finish_operations()
    assert line.error is not None
    assert line.error.startswith("The plan plan of line 1.0 no longer has the router")
    assert (router.azure.has_plan, router.azure.deleted) == (True, 0)


async def test_a_line_that_never_got_its_app_is_given_up_and_the_others_keeps_all_that_is_its_own(
    router: InMemoryRouter,
) -> None:
    router.azure.has_app, router.azure.tags = True, FOREIGN
    assert (await router.provision()).state is LineState.FAILED
    router.azure.has_plan = False
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.judged(router.context, await get_line(router.context.catalog, LINE_ID))
    await actions.retire(router.context, LINE_ID)
    line = await router.finish_operations()
    assert (line.state, line.error) == (LineState.RETIRED, None)
    assert (router.azure.has_app, router.azure.tags) == (True, FOREIGN)
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
