"""The stored packages, in memory."""

from collections.abc import Collection, Sequence

from router.domain.model import Release
from router.domain.version import LineId
from samples.pack import zip_of
from tests.fakes.hooks import Hookable

_PACKAGE = zip_of({"host.json": b"{}", "function_app.py": b""})


class FakePackages(Hookable):
    """Keeps packages by their names. One that a test has not put exists as well."""

    def __init__(self) -> None:
        super().__init__()
        self.packages: dict[str, bytes] = {}
        self.dropped: list[str] = []

    async def put(self, sha256: str, package: bytes) -> None:
        self.packages[sha256] = package

    async def put_prepared(self, line: LineId, sha256: str, package: bytes) -> str:
        self.packages[f"{line}-{sha256}"] = package
        return f"https://packages.local/{line}-{sha256}"

    async def content(self, sha256: str) -> bytes:
        return self.packages.get(sha256, _PACKAGE)

    async def note(self, release: Release) -> None:
        """Store nothing: no test reads it."""

    async def noted(self) -> Sequence[Release]:
        return ()

    async def forget(self, release: Release) -> None:
        """Do nothing, as nothing is stored."""

    async def drop(self, sha256: Collection[str]) -> None:
        self.dropped += sha256

    async def drop_prepared(self, line: LineId) -> None:
        for name in [name for name in self.packages if name.startswith(f"{line}-")]:
            del self.packages[name]
