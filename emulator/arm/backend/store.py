"""The store of the control plane: JSON documents by resource id, safe against kill -9.

Ids compare without case, as in Azure.
"""

import json
import sqlite3
from pathlib import Path
from typing import Any

Document = dict[str, Any]


class Store:
    """Documents in one SQLite file. Every call is one transaction."""

    def __init__(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        self._database = sqlite3.connect(path, isolation_level=None)
        self._database.execute("PRAGMA journal_mode=WAL")
        self._database.execute(
            "CREATE TABLE IF NOT EXISTS document (key TEXT PRIMARY KEY, body TEXT NOT NULL)"
        )

    def close(self) -> None:
        """Close the file."""
        self._database.close()

    def get(self, key: str) -> Document | None:
        """Return a document, or None if it does not exist."""
        row = self._database.execute(
            "SELECT body FROM document WHERE key = ?", (key.lower(),)
        ).fetchone()
        return None if row is None else json.loads(row[0])

    def put(self, key: str, document: Document) -> None:
        """Create or replace a document."""
        self._database.execute(
            "INSERT OR REPLACE INTO document VALUES (?, ?)", (key.lower(), json.dumps(document))
        )

    def children(self, key: str) -> list[Document]:
        """Return the documents directly beneath a key, ordered by key."""
        first, last = _beneath(key)
        rows = self._database.execute(
            "SELECT body FROM document WHERE key > ? AND key < ? AND instr(substr(key, ?), '/') = 0"
            " ORDER BY key",
            (first, last, len(first) + 1),
        )
        return [json.loads(body) for (body,) in rows]

    def matching(self, pattern: str) -> list[Document]:
        """Return the documents whose keys match a pattern, in which `*` stands for one segment."""
        glob = pattern.lower()
        rows = self._database.execute(
            "SELECT body FROM document WHERE key GLOB ?"
            " AND length(key) - length(replace(key, '/', '')) = ? ORDER BY key",
            (glob, glob.count("/")),
        )
        return [json.loads(body) for (body,) in rows]

    def delete(self, key: str) -> None:
        """Delete a document, if it exists, and all documents beneath it."""
        first, last = _beneath(key)
        self._database.execute(
            "DELETE FROM document WHERE key = ? OR (key > ? AND key < ?)",
            (key.lower(), first, last),
        )


def _beneath(key: str) -> tuple[str, str]:
    # "0" is the character after "/", so the range has exactly the keys that begin with "key/".
    return key.lower() + "/", key.lower() + "0"
