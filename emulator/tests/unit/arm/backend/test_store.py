"""The store of the control plane."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from emulator.arm.backend.store import Store


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path / "s.sqlite")
    yield store
    store.close()


def test_document_id_ignores_case(store: Store) -> None:
    store.put("/Groups/A", {"name": "A"})
    store.put("/groups/a", {"name": "a"})
    assert store.get("/GROUPS/A") == {"name": "a"}
    assert store.get("/groups/b") is None


def test_children_are_direct_descendants(store: Store) -> None:
    for key in ("/g/sites", "/g/sites/b", "/g/sites/a", "/g/sites/a/config/x", "/g/sites2/c"):
        store.put(key, {"key": key})
    assert [d["key"] for d in store.children("/g/sites")] == ["/g/sites/a", "/g/sites/b"]


def test_star_matches_one_segment(store: Store) -> None:
    for key in ("/s/1/sites/a", "/s/2/sites/b", "/s/1/plans/c", "/s/1/sites/a/config/x"):
        store.put(key, {"key": key})
    found = [d["key"] for d in store.matching("/S/*/sites/*")]
    assert found == ["/s/1/sites/a", "/s/2/sites/b"]


def test_delete_removes_descendants_and_no_siblings(store: Store) -> None:
    for key in ("/a", "/a/b", "/a/b/c", "/ab", "/a0"):
        store.put(key, {"key": key})
    store.delete("/A")
    assert [store.get(key) for key in ("/a", "/a/b", "/a/b/c")] == [None, None, None]
    assert [store.get(key) for key in ("/ab", "/a0")] == [{"key": "/ab"}, {"key": "/a0"}]


def test_documents_survive_the_process(tmp_path: Path) -> None:
    first = Store(tmp_path / "s.sqlite")
    first.put("/a", {"x": 1})
    second = Store(tmp_path / "s.sqlite")  # the first was never closed, as after a kill
    found = second.get("/a")
    first.close()
    second.close()
    assert found == {"x": 1}
