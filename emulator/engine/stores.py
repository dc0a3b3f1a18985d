"""What a hub's clients and its worker work on, opened and put together once."""

from dataclasses import dataclass
from typing import Self

from emulator.engine.blobs import LargeMessages
from emulator.engine.history import HistoryTable
from emulator.engine.instances import InstancesTable
from emulator.engine.post import Post
from emulator.engine.settings import HubSettings
from emulator.engine.starts import Starts
from emulator.engine.storage import Storage


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
