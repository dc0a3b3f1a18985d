"""Arguments and results of functions, which equal those of the real worker."""

import asyncio
import json
import threading
from pathlib import Path
from typing import Any

import azure.functions as func
import pytest

from emulator.host.errors import FunctionFailed
from emulator.host.functions.worker import Worker
from emulator.tests.unit.host.conftest import MakePackage

APP = """
import threading
import time
app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
"""


def request(body: bytes = b"", **parts: Any) -> func.HttpRequest:
    return func.HttpRequest("GET", "http://here/api/x", body=body, **parts)


async def answer(package: Path, **parts: Any) -> tuple[int, bytes]:
    response = await Worker.load(package).call_http("x", request(**parts))
    return response.status_code, response.get_body()


@pytest.mark.parametrize(
    ("value", "kind"),
    [("5", "int:5"), ('"5"', "str:'5'"), ('{"a": [1]}', "dict:{'a': [1]}"), ("text", "str:'text'")],
)
async def test_activity_gets_its_decoded_json_input(
    package: MakePackage, value: str, kind: str
) -> None:
    code = "@app.activity_trigger(input_name='v')\ndef x(v): return f'{type(v).__name__}:{v!r}'\n"
    worker = Worker.load(package(APP + code))
    assert json.loads(await worker.call("X", value) or "") == kind


async def test_activity_without_result_returns_null(package: MakePackage) -> None:
    code = "@app.activity_trigger(input_name='v')\nasync def x(v): return None\n"
    assert await Worker.load(package(APP + code)).call("x", "1") == "null"


async def test_user_exception_has_type_message_and_stack(
    package: MakePackage,
) -> None:
    code = "@app.activity_trigger(input_name='v')\ndef x(v):\n    raise KeyError('missing')\n"
    worker = Worker.load(package(APP + code))
    with pytest.raises(FunctionFailed) as failed:
        await worker.call("x", "1")
    assert (failed.value.type_name, failed.value.message) == ("KeyError", "'missing'")
    place, line = failed.value.stack.splitlines()
    assert place.endswith('function_app.py", line 9, in x')
    assert line.strip() == "raise KeyError('missing')"


async def test_result_that_is_not_json_fails_the_activity(package: MakePackage) -> None:
    code = "@app.activity_trigger(input_name='v')\ndef x(v): return object()\n"
    with pytest.raises(FunctionFailed, match="must be json serializable"):
        await Worker.load(package(APP + code)).call("x", "1")


async def test_unknown_function_raises_key_error(package: MakePackage) -> None:
    worker = Worker.load(package(APP))
    assert worker.find("x") is None
    with pytest.raises(KeyError):
        await worker.call("x", "1")


async def test_sync_functions_run_in_parallel_threads(
    package: MakePackage,
) -> None:
    code = """
meeting = threading.Barrier(2, timeout=10)
@app.activity_trigger(input_name='v')
def x(v):
    meeting.wait()
    return threading.get_ident()
"""
    worker = Worker.load(package(APP + code))
    threads = await asyncio.gather(worker.call("x", "1"), worker.call("x", "2"))
    assert len({*threads, str(threading.get_ident())}) == 3


async def test_async_functions_run_on_the_event_loop(package: MakePackage) -> None:
    code = "@app.activity_trigger(input_name='v')\nasync def x(v): return threading.get_ident()\n"
    worker = Worker.load(package(APP + code))
    assert await worker.call("x", "1") == str(threading.get_ident())


@pytest.mark.parametrize(
    ("returned", "status", "body"),
    [
        ("func.HttpResponse(b'made', status_code=201)", 201, b"made"),
        ("'text'", 200, b"text"),
        ("None", 204, b""),
    ],
)
async def test_http_function_result_becomes_a_response(
    package: MakePackage, returned: str, status: int, body: bytes
) -> None:
    code = f"@app.route()\ndef x(req): return {returned}\n"
    assert await answer(package(APP + code)) == (status, body)


async def test_http_function_with_invalid_result_fails(package: MakePackage) -> None:
    with pytest.raises(FunctionFailed, match="cannot return dict"):
        await answer(package(APP + "@app.route()\ndef x(req): return {}\n"))


async def test_context_has_function_directory_invocation_and_trace(
    package: MakePackage,
) -> None:
    code = """
@app.route()
def x(req, context: func.Context):
    assert isinstance(context, func.Context)
    return "|".join([context.function_name, context.function_directory,
        context.trace_context.trace_parent, str(len(context.invocation_id))])
"""
    made = package(APP + code)
    _, body = await answer(made, headers={"traceparent": "00-1"})
    assert body.decode() == f"x|{made}|00-1|36"


async def test_any_function_may_have_a_durable_client(package: MakePackage) -> None:
    code = """
@app.activity_trigger(input_name='v')
@app.durable_client_input(client_name='client')
async def x(v, client): return client.create_http_management_payload(v)["statusQueryGetUri"]
"""

    def binding(base: str) -> str:
        urls = {"id": "ID", "statusQueryGetUri": f"{base}/ID"}
        parts = {"taskHubName": "Hub", "creationUrls": {}, "managementUrls": urls}
        return json.dumps({**parts, "rpcBaseUrl": "http://rpc/"})

    worker = Worker.load(package(APP + code))
    worker.client_binding = binding("http://one")
    assert await worker.call("x", '"i"') == '"http://one/i"'
    two = await worker.call("x", '"i"', client_binding=binding("http://two"))
    assert two == '"http://two/i"'


async def test_orchestrator_runs_through_the_sdk(package: MakePackage) -> None:
    code = """
@app.orchestration_trigger(context_name='context')
def x(context): return (yield context.call_activity('step', 1))
"""
    worker = Worker.load(package(APP + code))
    turn = {
        "history": [
            {
                "EventType": 12,
                "EventId": -1,
                "IsPlayed": False,
                "Timestamp": "2026-11-22T10:00:00Z",
            },
            {
                "EventType": 0,
                "EventId": -1,
                "IsPlayed": False,
                "Timestamp": "2026-11-22T10:00:00Z",
                "Name": "x",
                "Version": None,
                "Input": "null",
            },
        ],
        "input": "null",
        "instanceId": "i",
        "isReplaying": False,
        "parentInstanceId": None,
    }
    state = json.loads(await worker.call("x", json.dumps(turn)) or "")
    assert state["isDone"] is False
    assert [(a["functionName"], a["input"]) for a in state["actions"][0]] == [("step", "1")]
