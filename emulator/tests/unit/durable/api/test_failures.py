"""Unexpected errors are mapped to exceptions of the real extension."""

import pytest

from emulator.durable.api import failures
from emulator.durable.app.connections import UnknownConnectionError
from emulator.durable.dotnet.json_text import CommentInJsonError
from emulator.engine.storage.rest_client import StorageError


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (StorageError(400, "no"), "DurableTaskStorageException", "An error occurred while"),
        (UnknownConnectionError("X"), "System.InvalidOperationException", "Unable to resolve the"),
        (CommentInJsonError("[3]"), "Newtonsoft.Json.JsonWriterException", "Path '[3]'."),
        (TimeoutError(), "System.AggregateException", "Retry failed after 4 tries"),
        (KeyError("x"), "KeyError", "x"),
    ],
)
def test_error_has_type_and_text_of_an_exception(error: Exception, kind: str, text: str) -> None:
    found = failures.exception_of(error)
    assert found[0].endswith(kind)
    assert text in found[1]
