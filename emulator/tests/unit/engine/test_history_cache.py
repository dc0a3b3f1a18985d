"""The cache of histories between episodes."""

from emulator.engine.stores.history_cache import HistoryCache
from emulator.engine.stores.history_table import NO_HISTORY


def test_full_cache_evicts_oldest_history() -> None:
    cache = HistoryCache()
    for number in range(500):
        cache.put(f"i{number}", NO_HISTORY)
    cache.put("i0", NO_HISTORY)
    cache.put("newest", NO_HISTORY)
    assert cache.get("i1") is None
    assert cache.get("i0") is cache.get("i2") is cache.get("newest") is NO_HISTORY


def test_removed_histories_are_not_returned() -> None:
    cache = HistoryCache()
    for instance_id in ("a", "b"):
        cache.put(instance_id, NO_HISTORY)
    cache.remove("a")
    cache.remove("unknown")
    assert (cache.get("a"), cache.get("b")) == (None, NO_HISTORY)
    cache.clear()
    assert cache.get("b") is None
