"""A router that cannot read its storage deletes nothing, and recovers automatically.

Only the router's own connection to storage is broken. The line's app has another.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest
import pytest_asyncio

from harness.azurite import Azurite
from router.azure.storage.account import ClientOptions
from router.domain import line_transitions
from router.domain.errors import Unavailable, Unreadable
from router.domain.line_states import LineState
from router.domain.model import Progress, Verdict
from router.domain.version import RequestedVersion
from router.lines import monitor
from router.operations.begin import begin
from router.starts import service as starts
from tests.contract.faults.calls import PROVISION, RETIRE, run_after_restart
from tests.contract.faults.conftest import Open
from tests.contract.faults.environment import LINE, Environment
from tests.fakes.flaky_proxy import EFFECTS, Effect
from tests.fakes.flaky_storage import FlakyStorage, flaky_storage

FRESH_SECONDS = 1000.0  # long enough for a start on a slow machine
UNREADABLE = (
    ("Table", "x0Instances", "x0Instances cannot be read"),
    ("Queue", "comp=list", "queues cannot be listed"),
    ("Queue", "workitems", "workitems cannot be read"),
)


@dataclass(frozen=True, slots=True)
class Disturbed:
    """A router with an active line 1.0, and its storage behind proxies."""

    environment: Environment
    storage: FlakyStorage

    async def start(self) -> starts.AcceptedStart:
        wanted = starts.StartRequest(RequestedVersion(LINE), "echo", None, "1")
        return await starts.accept(self.environment.context, wanted)


@pytest_asyncio.fixture
async def disturbed(
    request: pytest.FixtureRequest, azurite: Azurite, open_environment: Open
) -> AsyncIterator[Disturbed]:
    """Open a router. The parameter is the seconds for which a snapshot is fresh.

    A line does not drain before every snapshot that has it as active is stale.
    """
    impatient = ClientOptions(retries=0, read_timeout=1.0)
    account = azurite.account()
    async with (
        flaky_storage(account) as storage,
        open_environment(
            account,
            storage.connection,
            options=impatient,
            ROUTER_SNAPSHOT_SECONDS=str(getattr(request, "param", 0.5)),
        ) as environment,
    ):
        await environment.register("1.0.0")
        assert (await run_after_restart(environment, PROVISION)).error is None
        yield Disturbed(environment, storage)
        await storage.heal()


@pytest.mark.parametrize("disturbed", [FRESH_SECONDS], indirect=True, ids=["long"])
async def test_starts_are_accepted_until_the_snapshot_is_stale(disturbed: Disturbed) -> None:
    for effect in EFFECTS:
        await disturbed.environment.context.snapshots.refresh()
        await disturbed.storage.misbehave(effect)
        assert not (await disturbed.start()).parked
        disturbed.environment.clock.monotonic_ahead += FRESH_SECONDS + 1
        with pytest.raises(Unavailable) as caught:
            await disturbed.start()
        refused = caught.value
        assert (refused.code, refused.status, refused.retry_after) == (
            "catalog-unavailable",
            503,
            5,
        )
        await disturbed.storage.heal()
        assert not (await disturbed.start()).parked


async def test_line_with_unreadable_work_is_kept(disturbed: Disturbed) -> None:
    environment = disturbed.environment
    await environment.drain()
    for service, pattern, detail in UNREADABLE:
        for effect in EFFECTS:
            await disturbed.storage.misbehave(effect, service, pattern=pattern)
            for _ in range(3):
                assert await monitor.tick(environment.context, LINE)
            line = await environment.line()
            assert (line.state, line.operation) == (LineState.DRAINING, None)
            assert line.drain is not None
            assert line.drain.verdict is Verdict.UNKNOWN
            assert detail in line.drain.blockers[0].detail
            await disturbed.storage.heal()
        await environment.drain()
    assert (await run_after_restart(environment, RETIRE)).error is None


async def test_retirement_is_undone_if_work_is_unreadable_at_its_fence(
    disturbed: Disturbed,
) -> None:
    environment = disturbed.environment
    await environment.drain()
    for effect in EFFECTS:
        await disturbed.storage.misbehave(effect, "Queue")
        ended = await environment.run(RETIRE)
        assert ended.state is Progress.FAILED
        assert "cannot be retired: unknown; the queues cannot be listed" in str(ended.error)
        await disturbed.storage.heal()
        line = await environment.line()
        assert (line.state, line.operation) == (LineState.DRAINING, None)
    assert await environment.context.platform.app(line.function_app) is not None
    assert not (await disturbed.start()).parked


@pytest.mark.parametrize("effect", ["500", "cut"])
async def test_disturbed_retirement_deletes_everything(
    disturbed: Disturbed, effect: Effect
) -> None:
    environment = disturbed.environment
    await environment.drain()
    # A line that is already fenced: an unreadable reading at its fence would undo the retirement.
    fenced = line_transitions.fenced(await environment.line(), environment.context.now())
    line = await environment.context.catalog.replace_line(fenced)
    begun = await begin(environment.context, LINE, RETIRE, None)
    await disturbed.storage.misbehave(effect, share=0.15)
    ended = await environment.run_to_end(begun.id)
    assert disturbed.storage.struck > 3
    await disturbed.storage.heal()
    assert (ended.state, ended.error) == (Progress.SUCCEEDED, None)
    hub = environment.context.stores.hub(line)
    listed = await hub.listing(line.task_hub, line.function_app)
    assert listed.remaining == ()


async def test_monitor_survives_an_unreadable_catalog(disturbed: Disturbed) -> None:
    environment = disturbed.environment
    await disturbed.storage.misbehave("refused")
    with pytest.raises(Unreadable):  # which its activity treats as transient
        await monitor.tick(environment.context, LINE)
    await disturbed.storage.heal()
    assert await monitor.tick(environment.context, LINE)
