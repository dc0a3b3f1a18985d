"""The stores of one hub, created once and shared by its clients and its worker."""

from dataclasses import dataclass
from typing import Self

from emulator.engine.messages.message_queues import MessageQueues
from emulator.engine.model.hub_settings import HubSettings
from emulator.engine.storage.connections import Storage
from emulator.engine.storage.large_messages import LargeMessages
from emulator.engine.stores.history_cache import HistoryCache
from emulator.engine.stores.history_table import HistoryTable
from emulator.engine.stores.instances_table import InstancesTable
from emulator.engine.stores.start_admission import StartAdmission


@dataclass(frozen=True, slots=True)
class HubStores:
    """The stores of one hub."""

    settings: HubSettings
    storage: Storage
    blobs: LargeMessages
    queues: MessageQueues
    history: HistoryTable
    history_cache: HistoryCache
    instances: InstancesTable
    starts: StartAdmission

    @classmethod
    def of(cls, storage: Storage) -> Self:
        """Create the stores on a hub's connections."""
        settings = storage.settings
        blobs = LargeMessages(storage)
        instances = InstancesTable(storage.table(settings.instances_table), blobs)
        return cls(
            settings=settings,
            storage=storage,
            blobs=blobs,
            queues=MessageQueues(storage, blobs),
            history=HistoryTable(storage.table(settings.history_table), blobs),
            history_cache=HistoryCache(),
            instances=instances,
            starts=StartAdmission(instances),
        )
