"""The files that Azure reads: .funcignore, host.json and the example of local settings."""

import fnmatch
import json
from pathlib import Path

from router.settings import Settings, name_of

ROOT = Path(__file__).parents[2]
EXAMPLE = json.loads((ROOT / "local.settings.json.example").read_text())["Values"]
PLATFORM_SETTINGS = {
    "FUNCTIONS_WORKER_RUNTIME",
    "AzureWebJobsStorage",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
}


def test_only_the_app_is_deployed() -> None:
    lines = (ROOT / ".funcignore").read_text().splitlines()
    ignored = [line for line in lines if not line.startswith("#")]
    deployed = {
        path.name
        for path in ROOT.iterdir()
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored)
    }
    assert deployed == {"function_app.py", "host.json", "requirements.txt", "router"}


def test_example_has_exactly_the_routers_settings() -> None:
    assert set(EXAMPLE) - PLATFORM_SETTINGS == {name_of(setting) for setting in Settings.named()}


def test_example_settings_are_valid() -> None:
    settings = Settings.from_environ(EXAMPLE)
    assert settings.app_name == "orders"
    assert set(EXAMPLE) > PLATFORM_SETTINGS


def test_hub_is_named_after_the_site_and_no_inputs_are_logged() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    durable = host["extensions"]["durableTask"]
    assert "hubName" not in durable
    assert not any(key.startswith("trackingStore") for key in durable["storageProvider"])
    assert durable["storageProvider"]["queueClientMessageEncoding"] == "Base64"
    assert durable["tracing"] == {"traceInputsAndOutputs": False, "traceReplayEvents": False}


def test_extension_bundle_is_version_4() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    assert host["extensionBundle"] == {
        "id": "Microsoft.Azure.Functions.ExtensionBundle",
        "version": "[4.*, 5.0.0)",
    }
