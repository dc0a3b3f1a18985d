"""The settings of a task hub and the names of its storage resources."""

from dataclasses import dataclass
from enum import StrEnum

DEFAULT_STOP_SECONDS = 10.0


class MessageEncoding(StrEnum):
    """The form in which the text of a message is written to its queue."""

    UTF8 = "UTF8"
    BASE64 = "Base64"


@dataclass(frozen=True, slots=True)
class HubSettings:
    """The settings of one task hub.

    Connections are storage connection strings. Without a `tracking_prefix` the hub has tables of
    its own. `visibility_seconds` is how long a message stays invisible after its holder died; a
    live holder renews it, so long activities do not need a long timeout. It is that of the work
    items too unless `work_item_visibility_seconds` is set. `idle_poll_seconds` bounds how late a
    message sent by another process is noticed.
    """

    name: str
    queue_connection: str
    tracking_connection: str
    tracking_prefix: str | None = None
    partition_count: int = 4
    visibility_seconds: int = 30
    work_item_visibility_seconds: int | None = None
    encoding: MessageEncoding = MessageEncoding.UTF8
    lease_seconds: int = 30
    app_name: str = "app"
    worker_name: str | None = None  # None: the app has a single worker with the app's name
    max_concurrent_activities: int = 20
    max_concurrent_orchestrators: int = 20
    idle_poll_seconds: float = 1.5
    stop_seconds: float = DEFAULT_STOP_SECONDS  # that a stop waits for activities under way
    hold_up_seconds: float = 95.0  # for which a message that storage refuses holds up the hub

    @property
    def worker(self) -> str:
        """Return the owner name written into partition leases."""
        return self.worker_name or self.app_name

    @property
    def work_item_visibility(self) -> int:
        """Return how long a work item stays invisible after its holder died."""
        return self.work_item_visibility_seconds or self.visibility_seconds

    @property
    def instances_table(self) -> str:
        return f"{self.tracking_prefix or self.name}Instances"

    @property
    def history_table(self) -> str:
        return f"{self.tracking_prefix or self.name}History"

    @property
    def partitions_table(self) -> str:
        return f"{self.name}Partitions"

    @property
    def control_queues(self) -> tuple[str, ...]:
        stem = self.name.lower()
        return tuple(f"{stem}-control-{n:02d}" for n in range(self.partition_count))

    @property
    def workitem_queue(self) -> str:
        return f"{self.name.lower()}-workitems"

    @property
    def large_message_container(self) -> str:
        return f"{self.name.lower()}-largemessages"

    @property
    def app_lease_container(self) -> str:
        return f"{self.name.lower()}-applease"

    @property
    def app_lease_blob(self) -> str:
        return f"{self.name.lower()}-appleaseinfo"
