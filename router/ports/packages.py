"""The port to the stored packages of the releases."""

from collections.abc import Collection, Sequence
from typing import Protocol

from router.domain.model import Release
from router.domain.version import LineId


class Packages(Protocol):
    """The packages of the releases, stored by content."""

    async def put(self, sha256: str, package: bytes) -> None: ...
    async def content(self, sha256: str) -> bytes: ...
    async def note(self, release: Release) -> None:
        """Store the release beside its package, in case the catalog is lost."""

    async def noted(self) -> Sequence[Release]:
        """Return every noted release, and the first one where a version was noted twice."""

    async def put_prepared(self, line: LineId, sha256: str, package: bytes) -> str:
        """Store a package that was prepared for a line, for as long as it is being deployed.

        Return a URL that gives Azure read access to it for an hour.
        """

    async def forget(self, release: Release) -> None:
        """Delete what was noted of a release."""

    async def drop(self, sha256: Collection[str]) -> None:
        """Delete packages, except for those that another router has noted as well."""

    async def drop_prepared(self, line: LineId) -> None:
        """Delete the packages that were prepared for a line."""
