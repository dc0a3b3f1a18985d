"""A table that Azure is still deleting is made once that is done."""

from typing import Any

import pytest

from emulator.engine.storage.connections import create_table
from emulator.engine.storage.rest_client import StorageError


class Tables:
    """A table service that gives these answers to whoever creates a table, and then accepts."""

    def __init__(self, *codes: str) -> None:
        self.codes = list(codes)

    async def call(self, *_: object, **__: object) -> None:
        if self.codes:
            code = self.codes.pop(0)
            status = 403 if code == "AuthorizationFailure" else 409
            raise StorageError(status, f'{{"odata.error": {{"code": "{code}"}}}}')


@pytest.mark.parametrize(
    "codes", [(), ("TableAlreadyExists",), ("TableBeingDeleted", "TableBeingDeleted")]
)
async def test_table_is_there_once_it_can_be_made(codes: tuple[str, ...]) -> None:
    tables: Any = Tables(*codes)
    await create_table(tables, "LineInstances", pause=0)
    assert tables.codes == []


async def test_refused_creation_fails() -> None:
    tables: Any = Tables("AuthorizationFailure", "")
    with pytest.raises(StorageError, match="403"):
        await create_table(tables, "LineInstances", pause=0)
