"""For half a minute after a deletion Azure answers 409 to whoever creates the same name again."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from aiohttp import web
from aiohttp.test_utils import TestServer
from azure.core.exceptions import ResourceExistsError

from router.azure.arm.errors import map_errors
from router.azure.storage.account import ClientOptions, Storage, created_container
from router.azure.storage.catalog import TableCatalog
from router.azure.storage.hub.hub import StorageHub
from router.azure.storage.hub.tracking import TableTracking
from router.azure.storage.packages import BlobPackages
from router.domain.errors import PlatformBusy, Unreadable
from router.ports import StatusQuery

KEY = "a2V5"


class Account:
    """A storage account that answers every creation with one error code."""

    def __init__(self) -> None:
        self.code = ""
        self.server = TestServer(web.Application())
        self.server.app.router.add_route("*", "/{path:.*}", self._handle)

    def storage(self) -> Storage:
        kinds = ("Blob", "Queue", "Table")
        at = f"http://127.0.0.1:{self.server.port}/account"
        endpoints = ";".join(f"{kind}Endpoint={at}" for kind in kinds)
        connection = f"AccountName=account;AccountKey={KEY};{endpoints}"
        return Storage(connection, options=ClientOptions(retries=0))

    async def _handle(self, request: web.Request) -> web.Response:
        if "restype" not in request.query and request.method == "PUT":  # of a blob
            return self._answer(404, "ContainerNotFound")
        return self._answer(409, self.code) if self.code else web.Response(status=201)

    def _answer(self, status: int, code: str) -> web.Response:
        body = {"odata.error": {"code": code, "message": {"value": code}}}
        return web.json_response(body, status=status, headers={"x-ms-error-code": code})


@pytest_asyncio.fixture
async def account() -> AsyncIterator[Account]:
    running = Account()
    await running.server.start_server()
    yield running
    await running.server.close()


async def test_container_that_exists_is_there(account: Account) -> None:
    storage = account.storage()
    for code in ("", "ContainerAlreadyExists"):
        account.code = code
        assert (await created_container(storage, "app")).endswith("/app")
    await storage.close()


async def test_container_being_deleted_is_busy(account: Account) -> None:
    storage, account.code = account.storage(), "ContainerBeingDeleted"
    with pytest.raises(ResourceExistsError):
        await created_container(storage, "app")
    with pytest.raises(PlatformBusy, match="ContainerBeingDeleted"), map_errors("create the app"):
        await created_container(storage, "app")
    await storage.close()


async def test_package_is_not_stored_in_a_container_being_deleted(account: Account) -> None:
    storage, account.code = account.storage(), "ContainerBeingDeleted"
    with pytest.raises(Unreadable, match="ContainerBeingDeleted"):
        await BlobPackages(storage, "orders").put("ab", b"PK")
    await storage.close()


async def test_catalog_being_deleted_is_unreadable(account: Account) -> None:
    storage, account.code = account.storage(), "TableBeingDeleted"
    catalog = TableCatalog(storage, "orders")
    for _ in range(2):
        with pytest.raises(Unreadable, match="TableBeingDeleted"):
            await catalog.lines()
    await storage.close()


async def test_tables_being_deleted_are_as_good_as_deleted(account: Account) -> None:
    storage, account.code = account.storage(), "TableBeingDeleted"
    await StorageHub(storage, storage, "Orders1x0").delete_tables()
    await storage.close()


async def test_table_being_deleted_has_no_instances(account: Account) -> None:
    """Otherwise a look in all lines' tables would fail while one line is being cleaned up."""
    storage, account.code = account.storage(), "TableBeingDeleted"
    tracking = TableTracking(storage, "Orders1x0")
    assert await tracking.owner("order-7") is None
    assert await tracking.status("order-7", StatusQuery()) is None
    assert await tracking.purge("order-7") is False
    await storage.close()


async def test_table_being_deleted_proves_no_drain(account: Account) -> None:
    storage, account.code = account.storage(), "TableBeingDeleted"
    reading = await StorageHub(storage, storage, "Orders1x0").read("Orders1x0", 1)
    assert not reading.complete
    await storage.close()
