"""A catalog that crashes the router's process at a write, before or after it is done."""

from typing import Any

from tests.fakes.catalog import InMemoryCatalog


class Crash(BaseException):
    """The router's process ends here."""


class CrashingCatalog(InMemoryCatalog):
    """Crashes once, at the write after `writes_left` more have succeeded. None: never."""

    writes_left: int | None = None
    crash_after_write = False

    def _add(self, key: tuple[type, object], value: Any) -> Any:
        return self._write(super()._add, key, value)

    def _replace(self, key: tuple[type, object], value: Any) -> Any:
        return self._write(super()._replace, key, value)

    def _write(self, write: Any, key: tuple[type, object], value: Any) -> Any:
        if self.writes_left is None:
            return write(key, value)
        self.writes_left -= 1
        if self.writes_left >= 0:
            return write(key, value)
        self.writes_left = None
        if self.crash_after_write:
            write(key, value)
        raise Crash
