"""The functions that run of their own accord run on the app of one line only."""

import json
from typing import Any

import pytest
from semver import Version

from router.apps import spec
from router.domain.app_health import AppFunction
from router.domain.model import Line, Owner
from router.domain.rollout import Deploy
from router.domain.version import LineId
from router.line_rows import get_line
from router.lines import actions, background, monitor
from router.releases.service import register
from tests.e2e.apps import package
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter

DISABLED = "AzureWebJobs.tick.Disabled"
TICK = AppFunction("tick", background=True)
HIGHER = LineId(1, 1)


async def running(**settings: Any) -> InMemoryRouter:
    """Return a router whose line is in service, with an app that has a timer."""
    router = InMemoryRouter(**settings)
    router.azure.functions = (*router.azure.functions, TICK)
    line = await router.provision()
    assert (line.background, line.disabled) == (("tick",), ())
    assert DISABLED not in router.azure.app_settings
    return router


async def watched(router: InMemoryRouter) -> Line:
    """Let the line's monitor look once, finish what it begins, and return the line."""
    await monitor.tick(router.context, LINE_ID)
    return await router.finish_operations()


async def superseded(router: InMemoryRouter) -> None:
    """Add an active line above."""
    await router.add_line_apart(HIGHER, "i", Owner("Hub1x1", "Running", NOON))


async def events(router: InMemoryRouter, about: str) -> list[str]:
    return [each.what for each in await router.catalog.events(LINE_ID) if about in each.what]


async def test_line_below_an_active_one_has_them_disabled() -> None:
    router = await running()
    await superseded(router)
    line = await watched(router)
    assert line.disabled == ("tick",)
    assert router.azure.app_settings[DISABLED] == "true"
    assert line.error is None


async def test_unchanged_state_begins_nothing_and_is_recorded_once() -> None:
    router = await running()
    await superseded(router)
    before = await watched(router)
    for _ in range(3):
        assert (await watched(router)).operations == before.operations
    assert len(await events(router, "functions tick")) == 1


async def test_line_that_serves_again_has_them_enabled_again() -> None:
    router = await running()
    router.azure.add_work()
    await actions.drain(router.context, LINE_ID)
    assert (await watched(router)).disabled == ("tick",)
    await actions.undrain(router.context, LINE_ID)
    assert (await watched(router)).disabled == ()
    assert DISABLED not in router.azure.app_settings
    assert len(await events(router, "to be enabled again")) == 1


async def test_crash_before_the_refresh_begins_is_made_good() -> None:
    router = await running()
    await superseded(router)
    lines = await router.catalog.lines()
    await background.arrange(router.context, await get_line(router.catalog, LINE_ID), lines)
    assert DISABLED not in router.azure.app_settings
    await watched(router)
    assert router.azure.app_settings[DISABLED] == "true"


async def test_host_is_paused_before_its_settings_change() -> None:
    router = await running()
    router.azure.can_drain = True
    paused: list[bool] = []

    async def note(*_: Any) -> None:
        paused.append(router.azure.drains)

    router.azure.before("replace_settings", note)
    await superseded(router)
    await watched(router)
    assert paused == [True]
    assert not router.azure.drains


async def test_line_that_comes_up_below_has_them_disabled_at_once() -> None:
    router = await running()
    await superseded(router)
    await actions.drain(router.context, LINE_ID)
    await watched(router)
    await router.azure.delete_app("app", LINE_ID)
    while (line := await watched(router)).operation_kind is not None:
        continue
    created = router.azure.requested_apps[-1]
    assert created.settings[DISABLED] == "true", line


async def test_patch_that_adds_one_to_a_lower_line_has_it_disabled() -> None:
    router = await running()
    await superseded(router)
    await watched(router)
    router.azure.functions = (*router.azure.functions, AppFunction("poll", background=True))
    patch = Version(1, 0, 3)
    await register(router.context, patch, package("1.0.3"), Deploy.AUTO)
    await router.finish_operations()
    assert (await watched(router)).disabled == ("poll", "tick")
    assert router.azure.app_settings["AzureWebJobs.poll.Disabled"] == "true"


async def test_all_lines_run_them_if_so_set() -> None:
    router = await running(ROUTER_BACKGROUND_TRIGGERS="all")
    await superseded(router)
    assert (await watched(router)).disabled == ()


@pytest.mark.parametrize("given", ["false", "true"])
async def test_value_of_the_team_s_own_wins(given: str) -> None:
    own = json.dumps({DISABLED.upper(): given})
    router = await running(ROUTER_LINE_SETTINGS=own)
    await superseded(router)
    line = await watched(router)
    settings = spec.app_spec(line, router.context.settings).settings
    assert {v for name, v in settings.items() if name.casefold() == DISABLED.casefold()} == {given}
