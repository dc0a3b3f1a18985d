"""Two hubs on one tracking store, each with queues of its own."""

import asyncio

from emulator.engine.model.event import EventType
from emulator.engine.model.executor import Episode, EpisodeOutcome
from emulator.tests.contract.engine.app import ORCHESTRATORS, counter
from emulator.tests.contract.engine.hubs import at_work, settings, until
from emulator.tests.contract.engine.replayer import Replayer
from harness.azurite import Azurite

ENTITY = "@counter@shared"
OPERATION_SECONDS = 0.5
ADD = '{"op":"add","input":"1"}'


class SlowEntities(Replayer):
    """Runs the operations of entities so slowly that two workers meet."""

    def __init__(self) -> None:
        super().__init__(ORCHESTRATORS, {}, {"counter": counter})
        self.operations = 0

    async def run_episode(self, episode: Episode) -> EpisodeOutcome:
        received = sum(e["EventType"] == EventType.EventRaised for e in episode.new)
        self.operations += received
        await asyncio.sleep(OPERATION_SECONDS * received)
        return await super().run_episode(episode)


async def test_entity_operation_that_loses_a_race_runs_twice(azurite: Azurite) -> None:
    tracking = azurite.account()
    workers = [SlowEntities(), SlowEntities()]
    hubs = [
        settings(
            azurite.account(),
            name=f"Line{number}",
            tracking_connection=tracking,
            tracking_prefix="Shared",
        )
        for number in range(2)
    ]
    async with at_work(hubs[0], workers[0]) as one, at_work(hubs[1], workers[1]) as other:
        await asyncio.gather(*(hub.raise_event(ENTITY, "op", ADD) for hub in (one, other)))
        state = await until(
            lambda: one.instance(ENTITY), lambda row: row is not None and '"2"' in (row.input or "")
        )
        assert state is not None
        assert sum(worker.operations for worker in workers) == 3
