"""The files that Azure reads: what is deployed, the host's configuration, the settings to copy."""

import fnmatch
import json
from dataclasses import fields
from pathlib import Path

from router.settings import Settings, name_of

ROOT = Path(__file__).parents[2]
EXAMPLE = json.loads((ROOT / "local.settings.json.example").read_text())["Values"]
OF_THE_PLATFORM = {
    "FUNCTIONS_WORKER_RUNTIME",
    "AzureWebJobsStorage",
    "IDENTITY_ENDPOINT",
    "IDENTITY_HEADER",
}


def test_the_app_and_nothing_else_is_deployed() -> None:
    lines = (ROOT / ".funcignore").read_text().splitlines()
    ignored = [line for line in lines if not line.startswith("#")]
    deployed = {
        path.name
        for path in ROOT.iterdir()
        if not any(fnmatch.fnmatch(path.name, pattern) for pattern in ignored)
    }
    assert deployed == {"function_app.py", "host.json", "requirements.txt", "router"}


def test_the_example_names_every_setting_and_no_other() -> None:
    assert set(EXAMPLE) - OF_THE_PLATFORM == {name_of(setting) for setting in fields(Settings)}


def test_the_example_can_be_copied_and_run() -> None:
    settings = Settings.from_environ(EXAMPLE)
    assert settings.app_name == "orders"
    assert set(EXAMPLE) > OF_THE_PLATFORM


def test_the_router_has_a_hub_of_its_own_and_writes_no_inputs_to_the_log() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    durable = host["extensions"]["durableTask"]
    assert durable["hubName"] == "Router"
    assert not any(key.startswith("trackingStore") for key in durable["storageProvider"])
    assert durable["tracing"] == {"traceInputsAndOutputs": False, "traceReplayEvents": False}


def test_the_bundle_is_the_fourth() -> None:
    host = json.loads((ROOT / "host.json").read_text())
    assert host["extensionBundle"] == {
        "id": "Microsoft.Azure.Functions.ExtensionBundle",
        "version": "[4.*, 5.0.0)",
    }
