"""What a hub's clients and its worker work on, opened and put together once."""

from dataclasses import dataclass
from typing import Self

from emulator.engine.messages.message_queues import Post
from emulator.engine.model.hub_settings import HubSettings
from emulator.engine.storage.connections import Storage
from emulator.engine.storage.large_messages import LargeMessages
from emulator.engine.stores.history_table import HistoryTable
from emulator.engine.stores.instances_table import InstancesTable
from emulator.engine.stores.start_admission import Starts


@dataclass(frozen=True, slots=True)
class Stores:
    """The stores of one hub."""

    settings: HubSettings
    storage: Storage
    blobs: LargeMessages
    post: Post
    history: HistoryTable
    instances: InstancesTable
    starts: Starts

    @classmethod
    def of(cls, storage: Storage) -> Self:
        """The stores behind a hub's connections."""
        settings = storage.settings
        blobs = LargeMessages(storage)
        instances = InstancesTable(storage.table(settings.instances_table), blobs)
        return cls(
            settings=settings,
            storage=storage,
            blobs=blobs,
            post=Post(storage, blobs),
            history=HistoryTable(storage.table(settings.history_table), blobs),
            instances=instances,
            starts=Starts(instances),
        )
