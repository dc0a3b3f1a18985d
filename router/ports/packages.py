"""The port to the stored packages of the releases."""

from collections.abc import Sequence
from typing import Protocol

from router.domain.model import Release


class Packages(Protocol):
    """The packages of the releases, stored by content."""

    async def put(self, sha256: str, package: bytes) -> None: ...
    async def content(self, sha256: str) -> bytes: ...
    async def note(self, release: Release) -> None:
        """Store the release beside its package, in case the catalog is lost."""

    async def noted(self) -> Sequence[Release]:
        """Return every noted release, and the first one where a version was noted twice."""

    async def url(self, sha256: str) -> str:
        """Return a URL that gives Azure read access to this one package for an hour."""
