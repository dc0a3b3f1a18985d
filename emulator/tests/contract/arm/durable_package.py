"""The package of a small durable app, and requests to its management API."""

import json
import urllib.request
from typing import Any

from azure.mgmt.web import models as m

from emulator.tests.contract.arm.arm_process import Arm
from emulator.tests.contract.arm.azure_resources import GROUP
from emulator.tests.contract.arm.tiny_app import app_package

_CODE = """
from datetime import timedelta
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="release")
def release(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("durable")

@app.orchestration_trigger(context_name="context")
def nap(context):
    seconds = context.get_input()["seconds"]
    if seconds:
        yield context.create_timer(context.current_utc_datetime + timedelta(seconds=seconds))
    return "awake"
"""


def durable_package(hub: str) -> bytes:
    """Return an app of the orchestration `nap` whose host.json names a task hub."""
    document = {"version": "2.0", "extensions": {"durableTask": {"hubName": hub}}}
    files = {"host.json": json.dumps(document), "function_app.py": _CODE}
    return app_package("durable", **files)


class Durable:
    """The management API of a running app. Its key is listed once."""

    def __init__(self, arm: Arm, app: m.Site) -> None:
        keys = arm.web().web_apps.list_host_keys(GROUP, str(app.name))
        self._key = (keys.system_keys or {})["durabletask_extension"]
        self._base = f"http://{app.default_host_name}/runtime/webhooks/durabletask"

    def start(self, value: Any) -> str:
        """Start `nap` and return the instance's id."""
        return str(self._ask("POST", "orchestrators/nap", value)["id"])

    def status(self, instance: str) -> str:
        """Return the runtime status, which wakes an app at zero."""
        return str(self._ask("GET", f"instances/{instance}")["runtimeStatus"])

    def _ask(self, method: str, path: str, value: Any = None) -> Any:
        request = urllib.request.Request(
            f"{self._base}/{path}?code={self._key}",
            data=json.dumps(value).encode() if method == "POST" else None,
            headers={"Content-Type": "application/json"},
            method=method,
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)
