"""The router's settings change while a line is up: its hub is judged by what it was made with."""

from typing import Any

import pytest

from router.apps import spec
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import Blocker, BlockerKind, Verdict
from router.lines import actions, monitor
from router.ports import Deployment
from router.settings import Settings
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import NEEDED, ONE, Scene
from tests.fakes.world import HELD, VISIBLE

MADE = HubSettings(4, 60.0, "/Lines")
_PROVIDER = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"


@pytest.fixture
def scene() -> Scene:
    return Scene(MemoryCatalog())


async def test_a_line_remembers_what_its_hub_was_made_with_until_the_hub_is_gone(
    scene: Scene, run: Any
) -> None:
    assert (await scene.up(run)).hub == MADE
    scene.set_anew(ROUTER_PARTITION_COUNT="2", ROUTER_VISIBILITY_SECONDS="5")
    scene.world.has_app = False
    await monitor.watch(scene.services, ONE, run)
    repaired = await scene.settled(run)
    assert (repaired.hub, scene.world.visibility.total_seconds()) == (MADE, 60)
    await actions.drain(scene.services, ONE, run)
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.watch(scene.services, ONE, run)
    retired = await scene.settled(run)
    assert (retired.state, retired.hub) == (LineState.RETIRED, None)
    await actions.revive(scene.services, ONE, run)
    assert (await scene.settled(run)).hub == HubSettings(2, 5.0, "/Lines")


async def test_a_held_message_is_waited_for_as_long_as_the_app_hides_it(
    scene: Scene, run: Any
) -> None:
    await scene.up(run)
    await actions.drain(scene.services, ONE, run)
    scene.world.add_work()
    scene.world.pass_time(31)
    scene.world.move(VISIBLE, HELD)
    scene.set_anew(ROUTER_VISIBILITY_SECONDS="5")
    for _ in range(3):
        await monitor.watch(scene.services, ONE, run)
        scene.world.pass_time(14)
    await scene.settled(run)
    assert (scene.world.lost, scene.world.deleted) == ([], 0)


async def test_the_hub_is_looked_at_for_as_many_queues_as_it_was_made_with(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await scene.up(run)
    scene.set_anew(ROUTER_PARTITION_COUNT="16")
    asked = []
    read = scene.world.read

    async def counted(task_hub: str, partitions: int, witness: str | None = None) -> Any:
        asked.append(partitions)
        return await read(task_hub, partitions, witness)

    monkeypatch.setattr(scene.world, "read", counted)
    await monitor.look(scene.services, line)
    assert asked == [4]


async def test_a_hub_whose_rows_are_in_another_store_is_not_taken_for_empty(
    scene: Scene, run: Any
) -> None:
    line = await scene.up(run)
    scene.set_anew(ROUTER_TRACKING_PREFIX="Others")
    drain = await monitor.look(scene.services, line)
    detail = "its rows are in /Lines, and the router is set to /Others"
    assert drain.verdict is Verdict.UNKNOWN
    assert drain.why == (Blocker(BlockerKind.UNREADABLE, detail),)


async def test_a_line_that_never_got_its_app_is_revived_with_what_is_set_then(
    scene: Scene, run: Any
) -> None:
    scene.world.has_app, scene.world.tags = True, {"owner": "somebody"}
    failed = await scene.up(run)
    assert (failed.state, failed.hub) == (LineState.FAILED, None)
    scene.world.has_app = False
    scene.set_anew(ROUTER_TRACKING_PREFIX="Others")
    await actions.revive(scene.services, ONE, run)
    revived = await scene.settled(run)
    assert (revived.state, revived.hub) == (LineState.ACTIVE, HubSettings(4, 60.0, "/Others"))
    assert scene.world.asked_for[-1].settings[f"{_PROVIDER}trackingStoreNamePrefix"] == "Others"


async def test_no_app_is_made_on_another_store_than_the_one_that_has_its_rows(
    scene: Scene, run: Any
) -> None:
    await scene.up(run)
    scene.world.has_app = False
    scene.set_anew(ROUTER_TRACKING_PREFIX="Others")
    await monitor.watch(scene.services, ONE, run)
    line = await scene.settled(run)
    assert (scene.world.has_app, line.hub) == (False, MADE)
    assert line.error is not None
    assert "its rows are in /Lines, and the router is set to /Others" in line.error
    scene.set_anew()
    await monitor.watch(scene.services, ONE, run)
    mended = await scene.settled(run)
    assert (scene.world.has_app, mended.error) == (True, None)


async def test_no_hub_is_said_to_be_gone_by_a_look_into_another_store(
    scene: Scene, run: Any
) -> None:
    await scene.up(run)
    await actions.drain(scene.services, ONE, run)
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.watch(scene.services, ONE, run)
    while scene.world.has_app:
        assert await scene.walk(run)
    scene.set_anew(ROUTER_TRACKING_PREFIX="Others")
    line = await scene.settled(run)
    assert (line.state, scene.world.deleted) == (LineState.RETIRING, 0)
    scene.set_anew()
    await monitor.watch(scene.services, ONE, run)
    line = await scene.settled(run)
    assert (line.state, scene.world.deleted) == (LineState.RETIRED, 1)


async def test_a_line_that_failed_with_an_app_keeps_what_its_hub_was_made_with(
    scene: Scene, run: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failed(*_: object) -> Deployment:
        return Deployment(finished=True, error="no such package")

    with monkeypatch.context() as needs_repair:
        needs_repair.setattr(scene.world, "deployment", failed)
        assert (await scene.up(run)).hub == MADE
    scene.set_anew(ROUTER_TRACKING_PREFIX="Others", ROUTER_PARTITION_COUNT="2")
    await actions.revive(scene.services, ONE, run)
    assert (await scene.settled(run)).state is LineState.FAILED
    scene.set_anew(ROUTER_PARTITION_COUNT="2")
    await actions.revive(scene.services, ONE, run)
    line = await scene.settled(run)
    assert (line.state, line.hub) == (LineState.ACTIVE, MADE)


async def test_a_line_stored_without_them_is_asked_for_with_the_present_settings(
    scene: Scene,
) -> None:
    line = await scene.register()
    scene.set_anew(ROUTER_PARTITION_COUNT="7", ROUTER_VISIBILITY_SECONDS="90061")
    app_spec = spec.of(line, scene.settings)
    assert app_spec.settings[f"{_PROVIDER}partitionCount"] == "7"
    assert app_spec.settings[f"{_PROVIDER}controlQueueVisibilityTimeout"] == "1.01:01:01"


@pytest.mark.parametrize(
    ("account", "store"),
    [
        ("orders17", "orders17/Lines"),
        ("DefaultEndpointsProtocol=https;AccountName=orders17;AccountKey=k=", "orders17/Lines"),
        (
            "TableEndpoint=https://orders17.table.core.windows.net/;SharedAccessSignature=sv=1",
            "orders17/Lines",
        ),
        ("UseDevelopmentStorage=true", "/Lines"),
    ],
)
def test_a_store_is_the_same_however_its_account_is_opened(account: str, store: str) -> None:
    settings = Settings.from_environ(NEEDED | {"ROUTER_TRACKING_STORAGE": account})
    assert spec.store(settings) == store
