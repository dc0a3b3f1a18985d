"""Arguments and results of functions in the worker process."""

import asyncio
import json
import re
from typing import Any

import pytest

from emulator.host.errors import FunctionFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.functions.values.http_call import HttpCall
from emulator.host.functions.worker import Worker
from emulator.tests.contract.worker.conftest import StartApp

RESPONSES = """
@app.route(route="x")
def x(req: func.HttpRequest) -> func.HttpResponse:
    return {
        "made": func.HttpResponse(b"made", status_code=201, headers={"X-A": "b"}),
        "empty": func.HttpResponse(),
        "text": "text",
        "cookie": func.HttpResponse("b", headers={"Set-Cookie": "a=1; Path=/x; HttpOnly"}),
        "none": None,
        "dict": {},
        "status": func.HttpResponse(status_code="many"),
        "line": func.HttpResponse(headers={"X-A": "b\\nc: d"}) if req.method == "PUT" else None,
    }[req.params["what"]]
"""
ACTIVITIES = """
@app.activity_trigger(input_name="v")
def shown(v): return f"{type(v).__name__}:{v!r}"

@app.activity_trigger(input_name="v")
async def nothing(v): return None

@app.activity_trigger(input_name="v")
def fails(v):
    try:
        raise OSError("the cause")
    except OSError as error:
        raise KeyError("missing") from error

@app.activity_trigger(input_name="v")
def odd(v): return object()

meeting = threading.Barrier(40, timeout=10)
@app.activity_trigger(input_name="v")
def meets(v):
    meeting.wait()
    return threading.current_thread() is threading.main_thread()

@app.activity_trigger(input_name="v")
async def loops(v): return threading.current_thread() is threading.main_thread()
"""


def request(**parts: Any) -> HttpCall:
    nothing: dict[str, dict[str, str]] = {"headers": {}, "params": {}, "query": {}}
    return HttpCall("GET", "http://here/api/x", **(nothing | parts))


async def answer(worker: Worker, what: str) -> tuple[int, bytes]:
    response = await worker.call_http("x", request(query={"what": what}), b"")
    return response.status, response.body


async def test_http_result_becomes_a_response(start_app: StartApp) -> None:
    worker = await start_app(RESPONSES)
    assert await answer(worker, "made") == (201, b"made")
    assert await answer(worker, "empty") == (200, b"")
    assert await answer(worker, "text") == (200, b"text")
    made = await worker.call_http("X", request(query={"what": "made"}), b"")
    assert ("X-A", "b") in made.headers
    cookie = await worker.call_http("x", request(query={"what": "cookie"}), b"")
    assert ("Set-Cookie", "a=1; domain=; path=/x; httponly") in cookie.headers


async def test_invalid_http_result_fails_the_call(start_app: StartApp) -> None:
    worker = await start_app(RESPONSES)
    for what, kind in (("none", "NoneType"), ("dict", "dict")):
        text = f'unsupported type "http" for Python type "{kind}"'
        with pytest.raises(FunctionFailed, match=re.escape(text)):
            await answer(worker, what)
    with pytest.raises(ValueError, match="many"):
        await answer(worker, "status")
    assert await answer(worker, "empty") == (200, b"")


async def test_http_function_gets_the_whole_request(start_app: StartApp) -> None:
    worker = await start_app(
        """
        @app.route(route="x")
        async def x(req: func.HttpRequest, context: func.Context) -> str:
            trace = context.trace_context.trace_parent
            return repr((req.method, req.url, dict(req.headers), dict(req.params),
                dict(req.route_params), req.get_body(), trace, context.function_name,
                context.function_directory == os.getcwd(), len(context.invocation_id)))
        """
    )
    parts = {"headers": {"traceparent": "00-1"}, "query": {"a": "b"}, "params": {"c": "ü"}}
    response = await worker.call_http("x", request(**parts), b"\xff\x00")
    assert response.body.decode() == repr(
        ("GET", "http://here/api/x", *parts.values(), b"\xff\x00", "", "x", True, 36)
    )


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        ("5", "int:5"),
        ('"5"', "str:'5'"),
        ('{"a": [1]}', "dict:{'a': [1]}"),
        ("text", "str:'text'"),
        ('"\\ud800"', "str:'\\ud800'"),
    ],
)
async def test_activity_gets_its_decoded_json(start_app: StartApp, value: str, kind: str) -> None:
    worker = await start_app(ACTIVITIES)
    assert json.loads(await worker.call("SHOWN", value) or "") == kind


async def test_activities_return_json_and_fail_with_the_stack(start_app: StartApp) -> None:
    worker = await start_app(ACTIVITIES)
    assert await worker.call("nothing", "1") == "null"
    with pytest.raises(FunctionFailed) as failed:
        await worker.call("fails", "1")
    assert (failed.value.type_name, failed.value.message) == ("KeyError", "'missing'")
    stack = failed.value.stack
    assert stack.startswith("Traceback (most recent call last):\n")
    assert "OSError: the cause" in stack
    assert stack.endswith("KeyError: 'missing'\n")
    assert "^^^" not in stack
    with pytest.raises(FunctionFailed, match="must be json serializable"):
        await worker.call("odd", "1")
    with pytest.raises(KeyError):
        await worker.call("unknown", "1")


async def test_sync_functions_run_in_threads_others_on_the_loop(start_app: StartApp) -> None:
    worker = await start_app(ACTIVITIES)
    assert await asyncio.gather(*(worker.call("meets", "1") for _ in range(40))) == 40 * ["false"]
    assert await worker.call("loops", "1") == "true"


async def test_environment_has_what_the_host_sets(start_app: StartApp) -> None:
    names = (
        "PYTHON_THREADPOOL_THREAD_COUNT",
        "FUNCTIONS_APPLICATION_DIRECTORY",
        "AzureWebJobsScriptRoot",
        "OWN",
    )
    code = f"""
        import sys
        @app.activity_trigger(input_name="v")
        def x(v):
            return [os.getcwd(), sys.path[-1], *(os.environ[name] for name in {names})]
        """
    worker = await start_app(code, OWN="setting")
    here, last, threads, directory, root, own = json.loads(await worker.call("x", "1") or "")
    assert (here, here, here, own) == (last, directory, root, "setting")
    assert threads == "1000"


async def test_any_function_may_have_a_durable_client(start_app: StartApp) -> None:
    worker = await start_app(
        """
        @app.activity_trigger(input_name="v")
        @app.durable_client_input(client_name="client")
        async def x(v, client): return client.create_http_management_payload(v)["statusQueryGetUri"]
        """
    )

    def binding(base: str) -> str:
        urls = {"id": "ID", "statusQueryGetUri": f"{base}/ID"}
        parts = {"taskHubName": "Hub", "creationUrls": {}, "managementUrls": urls}
        return json.dumps({**parts, "rpcBaseUrl": "http://rpc/"})

    worker.client_binding = binding("http://one")
    assert await worker.call("x", '"i"') == '"http://one/i"'
    two = await worker.call("x", '"i"', client_binding=binding("http://two"))
    assert two == '"http://two/i"'


async def test_functions_are_described(start_app: StartApp) -> None:
    worker = await start_app(
        """
        @app.route(route="orders/{id}", methods=["GET", "POST"], auth_level="ANONYMOUS")
        async def orders(req: func.HttpRequest) -> func.HttpResponse: ...
        @app.activity_trigger(input_name="order", activity="Reserve")
        def reserve(order: dict): ...
        """
    )
    trigger = {"direction": "IN", "type": "httpTrigger", "name": "req", "route": "orders/{id}"}
    assert worker.functions["orders"] == FunctionInfo(
        name="orders",
        trigger="httpTrigger",
        bindings=[
            {**trigger, "methods": ["GET", "POST"], "authLevel": "ANONYMOUS"},
            {"direction": "OUT", "type": "http", "name": "$return"},
        ],
        route="orders/{id}",
        methods=frozenset({"GET", "POST"}),
        auth_level="anonymous",
    )
    found = worker.find("RESERVE")
    assert found is not None
    assert (found.name, found.trigger, found.durable_name, found.trigger_parameter) == (
        *("reserve", "activityTrigger", "Reserve"),
        "order",
    )


async def test_log_line_has_the_name_of_its_function(
    start_app: StartApp, capfd: pytest.CaptureFixture[str]
) -> None:
    worker = await start_app(
        """
        import logging
        @app.activity_trigger(input_name="v")
        def one(v): logging.info("from a thread")
        @app.activity_trigger(input_name="v")
        async def two(v): logging.info("from the loop %s", "?code=secret")
        """
    )
    await asyncio.gather(worker.call("one", "1"), worker.call("two", "1"))
    out = capfd.readouterr().out
    assert "info     Function.one.User from a thread\n" in out
    assert "info     Function.two.User from the loop ?code=***\n" in out
