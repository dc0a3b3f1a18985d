"""A catalog that ends the router's process at a write, before or after it is done."""

from typing import Any

from tests.fakes.catalog import MemoryCatalog


class Crash(BaseException):
    """The router's process ends here."""


class CrashingCatalog(MemoryCatalog):
    """`left`: how many writes go well before the next one does not; None: all."""

    left: int | None = None
    written = False

    def _add(self, key: tuple[type, object], value: Any) -> Any:
        return self._write(super()._add, key, value)

    def _replace(self, key: tuple[type, object], value: Any) -> Any:
        return self._write(super()._replace, key, value)

    def _write(self, write: Any, key: tuple[type, object], value: Any) -> Any:
        if self.left is None:
            return write(key, value)
        self.left -= 1
        if self.left >= 0:
            return write(key, value)
        self.left = None
        if self.written:
            write(key, value)
        raise Crash
