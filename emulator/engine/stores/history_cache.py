"""Histories kept in memory between the episodes of their instances."""

from collections import OrderedDict

from emulator.engine.stores.history_table import History

_CAPACITY = 500


class HistoryCache:
    """The most recently stored histories of one hub. A stale entry is detected by its etag."""

    def __init__(self) -> None:
        self._histories: OrderedDict[str, History] = OrderedDict()

    def get(self, instance_id: str) -> History | None:
        """Return the cached history of an instance, if there is one."""
        return self._histories.get(instance_id)

    def put(self, instance_id: str, history: History) -> None:
        """Cache a history as the newest one, evicting the oldest if the cache is full."""
        self.remove(instance_id)
        self._histories[instance_id] = history
        if len(self._histories) > _CAPACITY:
            self._histories.popitem(last=False)

    def remove(self, instance_id: str) -> None:
        """Drop the history of an instance, for example because it was changed from outside."""
        self._histories.pop(instance_id, None)

    def clear(self) -> None:
        """Drop all histories, for example because another worker may have written some."""
        self._histories.clear()
