"""A line's package is the release's, with the line's options in the file that Azure reads."""

import io
import json
import zipfile
from hashlib import sha256
from typing import Any

from router.apps import spec
from router.releases import prepared_package
from tests.fakes.router import LINE_ID, NOON, InMemoryRouter
from tests.unit.releases.test_package import APP, entry, packed

ROUTER = InMemoryRouter()
LINE = spec.new_line(ROUTER.settings, LINE_ID, NOON)
OPTIONS = spec.host_json_options(LINE, ROUTER.settings, "ab" * 32)


def prepared(package: bytes, options: dict[str, Any]) -> bytes:
    digest, changed = prepared_package.prepared(package, options)
    assert digest == sha256(changed).hexdigest()
    return changed


def files(package: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(package)) as archive:
        return {each.filename: archive.read(each) for each in archive.infolist()}


def durable(package: bytes) -> dict[str, Any]:
    section: dict[str, Any] = json.loads(files(package)["host.json"])["extensions"]["durableTask"]
    return section


def test_host_json_names_the_lines_hub_and_storage() -> None:
    section = durable(prepared(packed(), OPTIONS))
    assert section["hubName"] == "Orders1x0"
    storage = section["storageProvider"]
    # The scale controller reads the older names, the extension the newer ones.
    for name in ("connectionName", "connectionStringName"):
        assert storage[name] == "AzureWebJobsStorage"
    for name in ("trackingStoreConnectionName", "trackingStoreConnectionStringName"):
        assert storage[name] == "TrackingStorage"
    assert (storage["partitionCount"], storage["queueClientMessageEncoding"]) == (4, "Base64")


def test_comments_and_byte_order_mark_are_gone() -> None:
    text = '\ufeff{"version": "2.0", // a comment\n "extensions": {"http": {"routePrefix": "ö"},},}'
    found = files(prepared(packed(app=APP | {"host.json": text}), OPTIONS))["host.json"]
    assert json.loads(found)["extensions"]["http"]["routePrefix"] == "ö"
    assert not found.startswith(b"\xef\xbb\xbf")
    assert b"comment" not in found


def test_other_files_are_unchanged() -> None:
    script = entry("run.sh", 0o100755)
    package = packed((script, "echo"), ("shop/", ""), ("shop/host.json", "{}"), ("ä.txt", "ö"))
    result = prepared(package, OPTIONS)
    before, after = files(package), files(result)
    assert before.keys() == after.keys()
    assert {name for name in before if before[name] != after[name]} == {"host.json"}
    with zipfile.ZipFile(io.BytesIO(result)) as archive:
        assert archive.getinfo("run.sh").external_attr >> 16 == 0o100755


def test_path_of_host_json_may_begin_with_a_dot() -> None:
    app = {"./host.json": '{"version": "2.0"}', "function_app.py": ""}
    assert list(files(prepared(packed(app=app), OPTIONS))) == ["host.json", "function_app.py"]


def test_same_input_gives_the_same_bytes() -> None:
    package = packed()
    assert prepared(package, OPTIONS) == prepared(package, OPTIONS)
    other = spec.host_json_options(LINE, ROUTER.settings, "cd" * 32)
    assert prepared(package, OPTIONS) != prepared(package, other)


def test_host_names_the_package_beside_headers_of_its_own() -> None:
    text = json.dumps({"extensions": {"http": {"customHeaders": {"X-Own": "kept"}}}})
    found = files(prepared(packed(app=APP | {"host.json": text}), OPTIONS))["host.json"]
    headers = json.loads(found)["extensions"]["http"]["customHeaders"]
    assert headers == {"X-Own": "kept", "X-Release-Package": "ab" * 8}
