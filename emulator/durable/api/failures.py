"""Unexpected errors of the management API, mapped to the exceptions of the real extension."""

import aiohttp

from emulator.durable.api.exchange.json_body import UnknownCharsetError
from emulator.durable.app.connections import UnknownConnectionError
from emulator.durable.dotnet.json_text import CommentInJsonError
from emulator.engine.storage.large_messages import LargeMessageNotFoundError
from emulator.engine.storage.rest_client import StorageError

_STORAGE = (
    "DurableTask.AzureStorage.Storage.DurableTaskStorageException",
    "An error occurred while communicating with Azure Storage",
)


def exception_of(error: Exception) -> tuple[str, str]:
    """Return the type and the text of the .NET exception."""
    match error:
        case StorageError() | LargeMessageNotFoundError():
            return _STORAGE
        case aiohttp.ClientConnectionError() | TimeoutError():
            return "System.AggregateException", f"Retry failed after 4 tries. ({error})"
        case UnknownConnectionError():
            return "System.InvalidOperationException", error.reason
        case UnknownCharsetError():
            return "System.InvalidOperationException", str(error)
        case CommentInJsonError():
            return "Newtonsoft.Json.JsonWriterException", str(error)
    return type(error).__name__, str(error)
