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
    scene: Scene,
) -> None:
    assert (await scene.up()).hub == MADE
    scene.restart(ROUTER_PARTITION_COUNT="2", ROUTER_VISIBILITY_SECONDS="5")
    scene.world.has_app = False
    await monitor.tick(scene.context, ONE)
    repaired = await scene.settled()
    assert (repaired.hub, scene.world.visibility.total_seconds()) == (MADE, 60)
    await actions.drain(scene.context, ONE)
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.tick(scene.context, ONE)
    retired = await scene.settled()
    assert (retired.state, retired.hub) == (LineState.RETIRED, None)
    await actions.revive(scene.context, ONE)
    assert (await scene.settled()).hub == HubSettings(2, 5.0, "/Lines")


async def test_a_held_message_is_waited_for_as_long_as_the_app_hides_it(scene: Scene) -> None:
    await scene.up()
    await actions.drain(scene.context, ONE)
    scene.world.add_work()
    scene.world.pass_time(31)
    scene.world.move(VISIBLE, HELD)
    scene.restart(ROUTER_VISIBILITY_SECONDS="5")
    for _ in range(3):
        await monitor.tick(scene.context, ONE)
        scene.world.pass_time(14)
    await scene.settled()
    assert (scene.world.lost, scene.world.deleted) == ([], 0)


async def test_the_hub_is_looked_at_for_as_many_queues_as_it_was_made_with(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    line = await scene.up()
    scene.restart(ROUTER_PARTITION_COUNT="16")
    asked = []
    read = scene.world.read

    async def counted(task_hub: str, partitions: int, blocker: str | None = None) -> Any:
        asked.append(partitions)
        return await read(task_hub, partitions, blocker)

    monkeypatch.setattr(scene.world, "read", counted)
    await monitor.check(scene.context, line)
    assert asked == [4]


async def test_a_hub_whose_rows_are_in_another_store_is_not_taken_for_empty(scene: Scene) -> None:
    line = await scene.up()
    scene.restart(ROUTER_TRACKING_PREFIX="Others")
    drain = await monitor.check(scene.context, line)
    detail = "its rows are in /Lines, and the router is set to /Others"
    assert drain.verdict is Verdict.UNKNOWN
    assert drain.blockers == (Blocker(BlockerKind.UNREADABLE, detail),)


async def test_a_line_that_never_got_its_app_is_revived_with_what_is_set_then(scene: Scene) -> None:
    scene.world.has_app, scene.world.tags = True, {"owner": "somebody"}
    failed = await scene.up()
    assert (failed.state, failed.hub) == (LineState.FAILED, None)
    scene.world.has_app = False
    scene.restart(ROUTER_TRACKING_PREFIX="Others")
    await actions.revive(scene.context, ONE)
    revived = await scene.settled()
    assert (revived.state, revived.hub) == (LineState.ACTIVE, HubSettings(4, 60.0, "/Others"))
    assert scene.world.asked_for[-1].settings[f"{_PROVIDER}trackingStoreNamePrefix"] == "Others"


async def test_no_app_is_made_on_another_store_than_the_one_that_has_its_rows(scene: Scene) -> None:
    await scene.up()
    scene.world.has_app = False
    scene.restart(ROUTER_TRACKING_PREFIX="Others")
    await monitor.tick(scene.context, ONE)
    line = await scene.settled()
    assert (scene.world.has_app, line.hub) == (False, MADE)
    assert line.error is not None
    assert "its rows are in /Lines, and the router is set to /Others" in line.error
    scene.restart()
    await monitor.tick(scene.context, ONE)
    mended = await scene.settled()
    assert (scene.world.has_app, mended.error) == (True, None)


async def test_no_hub_is_said_to_be_gone_by_a_look_into_another_store(scene: Scene) -> None:
    await scene.up()
    await actions.drain(scene.context, ONE)
    for seconds in (39, 6):
        scene.world.pass_time(seconds)
        await monitor.tick(scene.context, ONE)
    while scene.world.has_app:
        assert await scene.walk()
    scene.restart(ROUTER_TRACKING_PREFIX="Others")
    line = await scene.settled()
    assert (line.state, scene.world.deleted) == (LineState.RETIRING, 0)
    scene.restart()
    await monitor.tick(scene.context, ONE)
    line = await scene.settled()
    assert (line.state, scene.world.deleted) == (LineState.RETIRED, 1)


async def test_a_line_that_failed_with_an_app_keeps_what_its_hub_was_made_with(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def failed(*_: object) -> Deployment:
        return Deployment(finished=True, error="no such package")

    with monkeypatch.context() as needs_repair:
        needs_repair.setattr(scene.world, "deployment", failed)
        assert (await scene.up()).hub == MADE
    scene.restart(ROUTER_TRACKING_PREFIX="Others", ROUTER_PARTITION_COUNT="2")
    await actions.revive(scene.context, ONE)
    assert (await scene.settled()).state is LineState.FAILED
    scene.restart(ROUTER_PARTITION_COUNT="2")
    await actions.revive(scene.context, ONE)
    line = await scene.settled()
    assert (line.state, line.hub) == (LineState.ACTIVE, MADE)


async def test_a_line_stored_without_them_is_asked_for_with_the_present_settings(
    scene: Scene,
) -> None:
    line = await scene.register()
    scene.restart(ROUTER_PARTITION_COUNT="7", ROUTER_VISIBILITY_SECONDS="90061")
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
