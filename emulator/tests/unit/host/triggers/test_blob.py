"""The value that a blob trigger passes, as the SDK reads it."""

from datetime import UTC, datetime
from types import SimpleNamespace

from azure.functions.blob import BlobConverter
from azure.storage.blob.aio import BlobClient

from emulator.host.triggers.blob import blob_value
from emulator.tests.unit.host.triggers.decoding import decoded

AT = datetime(2026, 1, 1, tzinfo=UTC)
PROPERTIES = SimpleNamespace(
    last_modified=AT,
    creation_time=AT,
    size=3,
    etag='"0x1"',
    metadata={"a": "b"},
    content_settings=SimpleNamespace(content_type="text/plain"),
)


def test_sdk_reads_what_a_blob_passes() -> None:
    blob = BlobClient("http://host/account", "box", "a b.txt")
    found = decoded(BlobConverter, blob_value(blob, PROPERTIES, b"\xef\xbb\xbf", binary=True))
    assert (found.name, found.length, found.read()) == ("box/a b.txt", 3, b"\xef\xbb\xbf")
    assert (found.uri, found.metadata) == ("http://host/account/box/a%20b.txt", {"a": "b"})
    assert found.blob_properties["ETag"] == '"0x1"'
    text = decoded(BlobConverter, blob_value(blob, PROPERTIES, b"\xef\xbb\xbfx\xff", binary=False))
    assert text.read() == "x\ufffd".encode()
