"""Options of Durable are taken or refused with the same words as by the real host."""

import json
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from emulator.tests.contract.durable.conftest import NewHost
from harness.function_host import FunctionHost, host_keys
from harness.waiting import until

RECORDED = json.loads((Path(__file__).parents[2] / "conformance" / "options.json").read_text())
APP = """
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)

@app.route(route="up")
def up(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("up")

@app.orchestration_trigger(context_name="context")
def greet(context):
    result = yield context.call_activity("say", "x")
    return result

@app.activity_trigger(input_name="name")
def say(name: str) -> str:
    return "hi " + name
"""


class Probe:
    """Asks a host about itself with its master key."""

    def __init__(self, host: FunctionHost, session: aiohttp.ClientSession) -> None:
        self._host = host
        self._session = session

    async def ask(self, path: str) -> tuple[int, str]:
        keys = await host_keys(self._host.storage, self._host.site)
        headers = {"x-functions-key": keys.get("masterKey", "")}
        try:
            async with self._session.get(self._host.url + path, headers=headers) as answer:
                return answer.status, await answer.text()
        except aiohttp.ClientConnectionError:
            return 0, ""

    async def status(self) -> dict[str, Any]:
        code, text = await self.ask("/admin/host/status")
        return dict(json.loads(text)) if code == 200 else {}


@pytest.mark.parametrize("entry", RECORDED, ids=lambda entry: entry["name"])
async def test_options_are_validated_as_recorded(
    new_host: NewHost, tmp_path: Path, entry: dict[str, Any]
) -> None:
    host = new_host()
    (tmp_path / "function_app.py").write_text(APP)
    (tmp_path / "host.json").write_text(json.dumps(entry["hostJson"]))
    await host.launch(tmp_path)
    async with aiohttp.ClientSession() as session:
        probe = Probe(host, session)
        ended = ("Running", "Error")
        status = await until(probe.status, lambda found: found.get("state") in ended)
        assert (status["state"], status.get("errors")) == (entry["state"], entry["errors"])
        code, text = await probe.ask("/admin/functions")
        assert code == entry["functions"]["status"]
        if code == 200:
            names = sorted(function["name"] for function in json.loads(text))
            assert names == entry["functions"]["names"]
        durable = await probe.ask("/runtime/webhooks/durabletask/instances?top=1")
        assert durable == (entry["durable"]["status"], entry["durable"]["body"])
