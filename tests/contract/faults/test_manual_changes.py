"""The monitor finds and repairs what an operator changed in Azure behind the router's back."""

from uuid import uuid4

import pytest
from azure.storage.queue.aio import QueueServiceClient

from harness.waiting import until
from router.apps.forwarding import Start
from router.domain.errors import Unavailable
from router.domain.instance_id import make
from router.domain.line_states import LineState
from router.domain.version import RequestedVersion
from router.lines import actions, monitor
from router.routing.rules import Park, resolve
from tests.contract.faults.calls import PROVISION, RETIRE, run_after_restart
from tests.contract.faults.conftest import Open
from tests.contract.faults.environment import LINE, Environment

HUB = "AzureFunctionsJobHost__extensions__durableTask__hubName"


async def accepts_start(environment: Environment) -> bool:
    """Return True if the line's app accepts a start."""
    wanted = Start("echo", make(LINE, uuid4().hex), "1", environment.context.now())
    forwarding, monotonic = environment.context.forwarding, environment.context.monotonic
    line = await environment.line()
    return await forwarding.send(line, wanted, known_at=monotonic()) is None


async def operation_after_tick(environment: Environment) -> str | None:
    """Run one tick of the monitor, and return the operation that holds the line."""
    assert await monitor.tick(environment.context, LINE)
    return (await environment.line()).operation


async def events(environment: Environment) -> list[str]:
    return [event.what for event in await environment.context.catalog.events(LINE)]


@pytest.mark.parametrize("state", [LineState.ACTIVE, LineState.DRAINING])
async def test_deleted_app_is_created_again(open_environment: Open, state: LineState) -> None:
    async with open_environment(ROUTER_KEEP_SECONDS="1000") as environment:
        await environment.register("1.0.0")
        assert (await run_after_restart(environment, PROVISION)).error is None
        if state is LineState.DRAINING:
            await environment.drain()
        assert await operation_after_tick(environment) is None
        await environment.delete_manually()
        assert not await accepts_start(environment)
        operation = await operation_after_tick(environment)
        assert operation is not None
        snapshot = await environment.context.snapshots.refresh()
        parked = resolve(RequestedVersion(LINE), snapshot)
        assert isinstance(parked, Park)
        assert parked.waiting_for == "repairing"
        assert (await environment.run_to_end(operation)).error is None
        line = await environment.line()
        assert (line.state, str(line.release), line.operation) == (state, "1.0.0", None)
        assert await accepts_start(environment)
        created_again = "is missing: it is created again"
        assert any(created_again in event for event in await events(environment))


async def test_unreadable_app_is_kept_and_stopped_app_is_reported_once(
    environment: Environment,
) -> None:
    await environment.register("1.0.0")
    assert (await run_after_restart(environment, PROVISION)).error is None
    for status in (403, 429, 500):
        await environment.inject(("GET", "sites/*"), "status", status=status)
        assert await operation_after_tick(environment) is None
    assert await environment.pending_faults() == []

    app = (await environment.line()).function_app
    await environment.management.stop(app)
    assert [await operation_after_tick(environment) for _ in range(2)] == [None, None]
    reported = f"function app {app} is Stopped in Azure: start it there"
    assert (await events(environment)).count(reported) == 1


async def test_stopped_app_is_unavailable_and_keeps_its_keys(environment: Environment) -> None:
    await environment.register("1.0.0")
    assert (await run_after_restart(environment, PROVISION)).error is None
    line, apps = await environment.line(), environment.context.apps
    await apps.route(line)
    assert await accepts_start(environment)
    keys_listed = ("POST", "sites/*/host/default/listkeys")
    assert keys_listed in environment.calls()
    logged = len(environment.log.read_text())
    await environment.management.stop(line.function_app)
    assert not await accepts_start(environment)
    with pytest.raises(Unavailable) as refused:
        await apps.terminate(line, "1-0-x", "enough")
    assert (refused.value.status, refused.value.code) == (503, "app-stopped")
    report = await apps.report(line)
    assert (report.unready, report.rejected) == (refused.value.detail, False)
    assert keys_listed not in environment.calls(logged)


READ = ("POST", "sites/*/config/appsettings/list")
REPLACE = ("PUT", "sites/*/config/appsettings")


async def test_refresh_puts_settings_back_and_keeps_those_of_others(
    environment: Environment,
) -> None:
    await environment.register("1.0.0")
    assert (await run_after_restart(environment, PROVISION)).error is None
    app = (await environment.line()).function_app
    management = environment.management
    wanted = await management.app_settings(app)
    hub = next(name for name in wanted if name.endswith("__hubName"))
    await management.add(app, {hub: "AnotherHub", "POLICY": "on"}, {"owner": "finance"})
    for call in (READ, REPLACE):
        await environment.inject(call, "status", status=429)
    ordered = await actions.refresh(environment.context, LINE, reason="it was changed by hand")
    ended = await environment.run_to_end(str(ordered.operation))
    assert (ended.error, await environment.pending_faults()) == (None, [])
    assert await management.app_settings(app) == {**wanted, "POLICY": "on"}
    assert await accepts_start(environment)
    put = next(step for step in ended.steps if step.name == "update_settings")
    assert put.detail == f"the app has new settings: {hub}"


async def test_drained_line_with_a_deleted_app_is_retired(environment: Environment) -> None:
    """The plan that is left goes too."""
    await environment.register("1.0.0")
    assert (await run_after_restart(environment, PROVISION)).error is None
    await environment.drain()
    await environment.context.platform.delete_app((await environment.line()).function_app, LINE)
    assert (await environment.run(RETIRE)).error is None
    assert (await environment.line()).state is LineState.RETIRED
    assert await environment.context.platform.remaining(LINE) == []


async def test_work_on_a_hub_chosen_by_hand_keeps_the_line(environment: Environment) -> None:
    """The app runs on the other hub until the setting is put back, and loses nothing."""
    await environment.register("1.0.0")
    assert (await run_after_restart(environment, PROVISION)).error is None
    line = await environment.line()
    await environment.management.add(line.function_app, {HUB: "Handmade"}, {})
    assert await until(lambda: accepts_start(environment), bool)
    account = environment.context.settings.line_storage
    async with QueueServiceClient.from_connection_string(account) as queues:

        async def made() -> list[str]:
            found = queues.list_queues(name_starts_with="handmade-")
            return [str(queue.name) async for queue in found]

        await until(made, lambda names: "handmade-workitems" in names)
    await environment.drain()
    changed = f"the settings of function app {line.function_app} were changed in Azure: {HUB} was"
    assert [event for event in await events(environment) if event.startswith(changed)]
    settings = await environment.management.app_settings(line.function_app)
    assert settings[HUB] == line.task_hub
