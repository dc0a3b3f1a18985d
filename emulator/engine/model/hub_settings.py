"""What a task hub is told about itself, and the names of its storage that follow from it."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class HubSettings:
    """One task hub. Connections are storage connection strings; `tracking_prefix` None means that
    the tables are the hub's own.

    `visibility_seconds` is how long a message is out of sight after its holder died; a living
    holder renews it, so a long activity needs no long visibility. `idle_poll_seconds` bounds how
    late a message sent by another process is seen.
    """

    name: str
    queue_connection: str
    tracking_connection: str
    tracking_prefix: str | None = None
    partition_count: int = 4
    visibility_seconds: int = 30
    lease_seconds: int = 30
    app_name: str = "app"
    worker_name: str | None = None  # None: the app has one worker, named like the app
    max_concurrent_activities: int = 20
    max_concurrent_turns: int = 20
    idle_poll_seconds: float = 1.5

    @property
    def worker(self) -> str:
        """The owner written into partition leases."""
        return self.worker_name or self.app_name

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
