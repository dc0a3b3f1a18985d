"""Reports of the hosts of lines' apps, in the forms that hosts answer with."""

from typing import Any

from aiohttp import web

from harness.free_ports import free_port
from router.azure.app_http import HttpUpstream
from router.domain.app_health import PACKAGE_HEADER, AppFunction, HostReport
from router.domain.version import LineId
from router.ports import Route
from tests.contract.azure.line_app import DURABLE, App, stopped_page

STATUS, FUNCTIONS = "/admin/host/status", "/admin/functions"
RUNNING = {"state": "Running", "instanceId": "i", "processUptime": 1500}
ORDER = {"name": "order", "config": {"bindings": [{"type": "orchestrationTrigger"}]}}
CHARGE = {
    "name": "charge_card",
    "config": {"bindings": [{"type": "activityTrigger", "activity": "charge"}]},
}
TICK = {"name": "tick", "config": {"bindings": [{"type": "queue"}, {"type": "timerTrigger"}]}}
UP = {"name": "up", "config": {"bindings": [{"type": "httpTrigger"}, {"type": "http"}]}}


def answer(app: App, functions: Any, durable: int = 200) -> None:
    app.answers[STATUS] = web.json_response(RUNNING)
    app.answers[FUNCTIONS] = web.json_response(functions, headers={PACKAGE_HEADER: "ab12"})
    app.answers[f"{DURABLE}/instances"] = web.json_response([], status=durable)


async def test_report_has_the_functions_and_their_kinds(app: App, upstream: HttpUpstream) -> None:
    answer(app, [ORDER, CHARGE, UP, TICK])
    report = await upstream.report(app.route())
    assert report == HostReport(
        state="Running",
        instance="i",
        uptime=1.5,
        functions=(
            AppFunction("order", "orchestrator"),
            AppFunction("charge", "activity"),
            AppFunction("up"),
            AppFunction("tick", background=True),
        ),
        package="ab12",
    )
    keys = [request.headers["x-functions-key"] for request in app.requests[:3]]
    assert keys == ["the-master-key", "the-master-key", "the-key"]
    # A list that contains no instance cannot fail because of one that cannot be shown.
    assert len(app.requests[2].query["instanceIdPrefix"]) == 32


async def test_function_in_error_is_reported_with_its_reason(
    app: App, upstream: HttpUpstream
) -> None:
    answer(app, [ORDER, UP])
    app.answers[f"{FUNCTIONS}/order/status"] = web.json_response({})
    reason = "The binding type(s) 'queueTrigger' are not registered."
    app.answers[f"{FUNCTIONS}/up/status"] = web.json_response({"errors": [reason]})
    report = await upstream.report(app.route())
    assert report.functions == (
        AppFunction("order", "orchestrator"),
        AppFunction("up", None, reason),
    )


async def test_host_in_error_reports_the_reason_despite_its_200(
    app: App, upstream: HttpUpstream
) -> None:
    error = "ControlQueueVisibilityTimeout must be between 1 and 60 minutes. the-master-key"
    app.answers[STATUS] = web.json_response({"state": "Error", "errors": [error]})
    report = await upstream.report(app.route())
    assert (report.state, report.functions) == ("Error", None)
    assert report.errors == (error.replace("the-master-key", "…"),)
    assert len(app.requests) == 1


async def test_host_without_durable_is_reported(app: App, upstream: HttpUpstream) -> None:
    answer(app, [ORDER], durable=404)
    report = await upstream.report(app.route())
    assert report.durable == "the app's Durable API returned 404"
    assert not report.rejected


async def test_rejected_keys_are_reported(app: App, upstream: HttpUpstream) -> None:
    for status in (401, 403):
        answer(app, [ORDER], durable=status)
        assert (await upstream.report(app.route())).rejected
        app.answers[STATUS] = web.Response(status=status)
        report = await upstream.report(app.route())
        assert (report.rejected, report.gone) == (True, False)
        assert report.unready == f"the app's host status endpoint returned {status}"


async def test_app_that_is_away_is_gone(app: App, upstream: HttpUpstream) -> None:
    page = "<html>The service is unavailable.</html>"
    app.answers[STATUS] = web.Response(status=503, text=page, content_type="text/html")
    assert (await upstream.report(app.route())).gone
    nowhere = Route(LineId(1, 0), f"http://127.0.0.1:{free_port()}", "key", "host")
    assert (await upstream.report(nowhere)).gone


async def test_stopped_app_is_reported_as_stopped(app: App, upstream: HttpUpstream) -> None:
    for path in (f"{DURABLE}/instances", FUNCTIONS, STATUS):
        answer(app, [ORDER])
        app.answers[path] = stopped_page()
        report = await upstream.report(app.route())
        assert str(report.unready).startswith("The line's app is stopped in Azure")
        assert (report.rejected, report.gone) == (False, False)


async def test_answers_of_other_forms_are_not_functions(app: App, upstream: HttpUpstream) -> None:
    answer(app, {"message": "no list"})
    assert (await upstream.report(app.route())).functions == ()
    answer(app, [None, {"name": "x", "config": {"bindings": "none"}}, {"name": ""}])
    assert (await upstream.report(app.route())).functions == (AppFunction("x"),)
    app.answers[FUNCTIONS] = web.Response(status=500)
    assert (await upstream.report(app.route())).functions is None
    app.answers[STATUS] = web.Response(text="<html>Host Offline</html>")
    assert (await upstream.report(app.route())) == HostReport()


async def test_request_to_the_host_carries_its_key(app: App, upstream: HttpUpstream) -> None:
    app.answers["/admin/host/drain"] = web.Response(status=202)
    answer = await upstream.admin(app.route(), "POST", "drain")
    (request,) = app.requests
    assert (answer.status, request.method) == (202, "POST")
    assert request.headers["x-functions-key"] == "the-master-key"
    assert (await upstream.admin(app.route(), "GET", "drain/status")).status == 404
