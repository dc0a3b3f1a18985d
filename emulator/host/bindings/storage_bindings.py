"""The bindings `queue` and `blob`: what a function gets from storage and what it puts there."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

from azure.core.exceptions import AzureError, ResourceNotFoundError

from emulator.host.bindings.accounts import Accounts, NoConnectionError, send
from emulator.host.bindings.blob_text import blob_input
from emulator.host.bindings.expressions import UnknownValueError, resolve
from emulator.host.bindings.queue_options import QueueOptions
from emulator.host.errors import FunctionFailed, PackageFailed
from emulator.host.functions.function import Binding, FunctionInfo
from emulator.host.functions.values.bindings import Input, Output

_FAILURES = (AzureError, NoConnectionError, UnknownValueError, PackageFailed, ValueError)


class StorageBindings:
    """Implements `emulator.host.functions.values.bindings.Bindings` for one app."""

    def __init__(
        self, accounts: Accounts, settings: Mapping[str, str], options: QueueOptions
    ) -> None:
        self._accounts = accounts
        self._settings = settings
        self._options = options

    async def read(self, function: FunctionInfo, data: Mapping[str, str]) -> dict[str, Input]:
        """Return the blobs that a function gets, None for one that does not exist."""
        found = {}
        for binding in function.inputs:
            try:
                found[str(binding["name"])] = await self._read(binding, data)
            except _FAILURES as error:
                raise _failed(function, binding, error) from error
        return found

    async def write(
        self, function: FunctionInfo, values: Mapping[str, Output], data: Mapping[str, str]
    ) -> None:
        """Send the messages and write the blobs that a function made."""
        for binding in function.outputs:
            value = values.get(str(binding["name"]))
            if value is None:
                continue
            try:
                await self._write(binding, value, data)
            except _FAILURES as error:
                raise _failed(function, binding, error) from error

    async def _read(self, binding: Binding, data: Mapping[str, str]) -> Input:
        container, name = self._path(binding, data)
        blob = self._accounts.blob(str(binding.get("connection", "")), container, name)
        try:
            content = await (await blob.download_blob()).readall()
        except ResourceNotFoundError:
            return None
        return blob_input(binding, content)

    async def _write(self, binding: Binding, value: Output, data: Mapping[str, str]) -> None:
        connection = str(binding.get("connection", ""))
        if binding["type"] == "blob":
            container, name = self._path(binding, data)
            return await self._accounts.upload(connection, container, name, value.payload)
        name = resolve(str(binding["queueName"]), self._settings, data).lower()
        queue = self._accounts.queue(connection, name)
        for content in messages(value):
            await send(queue, self._options.written(content))
        return None

    def _path(self, binding: Binding, data: Mapping[str, str]) -> tuple[str, str]:
        container, _, name = resolve(str(binding["path"]), self._settings, data).partition("/")
        return container, name


def messages(value: Output) -> Iterable[bytes]:
    """Return the contents of the messages in an output: one, or one per item of a list."""
    if value.kind != "json":
        return [value.payload]
    made = json.loads(value.payload)
    return [_content(each) for each in made] if isinstance(made, list) else [_content(made)]


def _content(message: Any) -> bytes:
    if isinstance(message, dict) and message.keys() == {"id", "body"}:  # the SDK's QueueMessage
        message = message["body"]
    return (message if isinstance(message, str) else json.dumps(message)).encode()


def _failed(function: FunctionInfo, binding: Binding, error: Exception) -> FunctionFailed:
    message = f"The binding '{binding['name']}' of {function.name} failed: {error}"
    return FunctionFailed(type(error).__name__, message, "")
