"""A package is stored once, and readable with its signed URL only."""

import asyncio
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit

import aiohttp
import pytest
from semver import Version

from harness.azurite import Azurite
from harness.free_ports import free_ports
from router.azure.storage.account import Storage
from router.azure.storage.packages import BlobPackages
from router.domain.errors import Unreadable
from router.domain.model import Release
from router.domain.version import LineId

SHA = "a" * 64


async def fetch(url: str) -> tuple[int, bytes]:
    async with aiohttp.ClientSession() as session, session.get(url) as answer:
        return answer.status, await answer.read()


async def test_package_is_read_from_its_url(storage: Storage) -> None:
    packages = BlobPackages(storage, "orders")
    await packages.put(SHA, b"PK the package")
    url = await packages.url(SHA)
    assert await fetch(url) == (200, b"PK the package")
    assert urlsplit(url).path.endswith(f"/packages/{SHA}/released-package.zip")


async def test_package_url_allows_reading_this_package_only(storage: Storage) -> None:
    packages = BlobPackages(storage, "orders")
    await packages.put(SHA, b"PK the package")
    await packages.put("b" * 64, b"PK another")
    url = await packages.url(SHA)
    granted = parse_qs(urlsplit(url).query)
    assert (granted["sp"], granted["sr"]) == (["r"], ["b"])
    assert (await fetch(url.replace(SHA, "b" * 64)))[0] == 403
    assert (await fetch(url.split("?")[0]))[0] in (401, 403, 404)
    async with aiohttp.ClientSession() as session, session.delete(url) as answer:
        assert answer.status == 403


async def test_package_can_be_put_again_and_concurrently(storage: Storage) -> None:
    packages = BlobPackages(storage, "orders")
    await asyncio.gather(*(packages.put(SHA, b"PK the package") for _ in range(5)))
    await packages.put(SHA, b"PK the package")
    assert await fetch(await packages.url(SHA)) == (200, b"PK the package")


async def test_package_of_many_blocks_is_stored_whole(storage: Storage) -> None:
    package = bytes(range(256)) * (9 << 12)  # 9 MiB: more than one block
    await BlobPackages(storage, "orders").put(SHA, package)
    assert await fetch(await BlobPackages(storage, "orders").url(SHA)) == (200, package)


async def test_error_of_storage_that_is_down_hides_its_address() -> None:
    storage = Storage(Azurite(free_ports(3)).connection("account001"))
    with pytest.raises(Unreadable) as caught:
        await BlobPackages(storage, "orders").put(SHA, b"PK")
    assert str(caught.value) == (
        f"Could not reach package {SHA} in storage: it could not be reached."
    )
    await storage.close()


async def test_releases_are_noted_per_app(storage: Storage) -> None:
    noon = datetime(2026, 11, 22, 12, tzinfo=UTC)
    one = Release(Version.parse("1.0.0-rc.1"), SHA, 14, noon, on_request=True)
    two = Release(Version.parse("1.0.0"), SHA, 14, noon)
    packages = BlobPackages(storage, "orders")
    assert await packages.noted() == []
    await packages.put(SHA, b"PK the package")
    for release in (two, one, two):
        await packages.note(release)
    await packages.note(replace(two, sha256="b" * 64, registered_at=noon + timedelta(minutes=1)))
    assert await packages.noted() == [one, two]
    assert await BlobPackages(storage, "order").noted() == []
    await BlobPackages(storage, "orders-old").note(one)
    assert await packages.noted() == [one, two]


async def exists(packages: BlobPackages, sha256: str) -> bool:
    try:
        return bool(await packages.content(sha256))
    except Unreadable:
        return False


async def test_dropped_package_is_gone_and_its_metadata_stays(storage: Storage) -> None:
    packages = BlobPackages(storage, "drops")
    release = Release(Version(1, 0, 0), "1" * 64, 1, datetime.now(UTC))
    await packages.put(release.sha256, b"PK")
    await packages.note(release)
    for _ in range(2):
        await packages.drop([release.sha256, "2" * 64])
    assert not await exists(packages, release.sha256)
    assert await packages.noted() == [release]
    await packages.put(release.sha256, b"PK")
    assert await exists(packages, release.sha256)
    for _ in range(2):
        await packages.forget(release)
    assert await packages.noted() == []


async def test_package_that_another_router_has_too_is_kept(storage: Storage) -> None:
    release = Release(Version(1, 0, 0), "3" * 64, 1, datetime.now(UTC))
    for app in ("keeps", "keeps-more"):
        packages = BlobPackages(storage, app)
        await packages.put(release.sha256, b"PK")
        await packages.note(release)
    await BlobPackages(storage, "keeps").drop([release.sha256])
    assert await exists(packages, release.sha256)


async def test_packages_prepared_for_a_line_are_dropped_together(storage: Storage) -> None:
    packages, near = BlobPackages(storage, "prepares"), BlobPackages(storage, "prepares-too")
    await packages.put("4" * 64, b"PK")
    urls = [await packages.put_prepared(LineId(1, 0), digit * 64, b"PK line") for digit in "45"]
    kept = [await packages.put_prepared(LineId(1, 1), "4" * 64, b"PK other")]
    kept.append(await near.put_prepared(LineId(1, 0), "4" * 64, b"PK near"))
    assert [await fetch(url) for url in urls] == [(200, b"PK line")] * 2
    for _ in range(2):
        await packages.drop_prepared(LineId(1, 0))
    assert [(await fetch(url))[0] for url in urls] == [404, 404]
    assert [(await fetch(url))[0] for url in kept] == [200, 200]
    assert await exists(packages, "4" * 64)
