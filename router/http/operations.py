"""Operators' routes: releases, lines, operations, health. The platform asks for their key.

A function whose name begins with ops_ opens with the key named ops; health is open to all.
"""

import asyncio

import azure.durable_functions as df
import azure.functions as func

from router.azure.orchestrations import HubOrchestrations
from router.bootstrap import services
from router.domain.errors import Refusal, about
from router.domain.model import Line, Progress, Verdict
from router.domain.version import LineId, parse_line, parse_version
from router.http import views
from router.http.requests import check_size
from router.http.responses import answer_json, answering, line_headers, own_url
from router.lines import monitor
from router.releases.service import Deploy, Registered, register
from router.routing.rules import known_versions

bp = df.Blueprint()
_ZIP = ("application/zip", "application/x-zip-compressed", "application/octet-stream")


@bp.function_name("ops_put_release")
@bp.route("releases/{version}", methods=["PUT"])
@bp.durable_client_input(client_name="client")
@answering
async def put_release(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Register a release: 201 new, 200 the very same again, 202 when its deployment began."""
    version = parse_version(req.route_params["version"])
    deploy = _deploy(req.params.get("deploy", "auto"))
    _must_be_zip(req)
    package = req.get_body()
    advice = "Leave out what requirements.txt brings in."
    check_size(package, services().settings.max_package_bytes, "package-too-large", advice)
    with about(LineId.of(version)):
        done = await register(services(), version, package, deploy, HubOrchestrations(client))
    return _registered(req, done)


@bp.function_name("ops_releases")
@bp.route("releases", methods=["GET"])
@answering
async def releases(req: func.HttpRequest) -> func.HttpResponse:
    snapshot = await services().snapshots.refresh()
    found = sorted(snapshot.releases.values(), key=lambda release: release.version)
    shown = [views.release(each, snapshot.lines.get(each.line)) for each in found]
    return answer_json({"releases": shown})


@bp.function_name("ops_release")
@bp.route("releases/{version}", methods=["GET"])
@answering
async def release(req: func.HttpRequest) -> func.HttpResponse:
    version = parse_version(req.route_params["version"])
    found = await services().catalog.release(version)
    if found is None:
        detail = f"Release {version} is not registered. See GET /api/releases."
        known = known_versions((await services().snapshots.refresh()).releases, LineId.of(version))
        raise Refusal(404, "unknown-version", detail, knownVersions=known)
    line = await services().catalog.line(found.line)
    return answer_json(views.release(found, line), headers=line_headers(found.line))


@bp.function_name("ops_lines")
@bp.route("lines", methods=["GET"])
@answering
async def lines(req: func.HttpRequest) -> func.HttpResponse:
    found = sorted(await services().catalog.lines(), key=lambda line: line.id)
    return answer_json({"lines": await asyncio.gather(*map(_shown, found))})


@bp.function_name("ops_line")
@bp.route("lines/{line}", methods=["GET"])
@answering
async def line(req: func.HttpRequest) -> func.HttpResponse:
    found = await services().operations.line(parse_line(req.route_params["line"]))
    return answer_json(await _shown(found), headers=line_headers(found.id, found.release))


@bp.function_name("ops_operation")
@bp.route("operations/{id}", methods=["GET"])
@answering
async def operation(req: func.HttpRequest) -> func.HttpResponse:
    """202 while it runs, 200 when it has ended."""
    operation_id = req.route_params["id"]
    found = await services().catalog.operation(operation_id)
    if found is None:
        detail = f"There is no operation {operation_id!r}. A line's events name its operations."
        raise Refusal(404, "unknown-operation", detail)
    headers = line_headers(found.line)
    if found.state is Progress.RUNNING:
        headers |= {"Retry-After": "2", "Location": f"{own_url(req)}/operations/{found.id}"}
        return answer_json(views.operation(found), 202, headers)
    return answer_json(views.operation(found), 200, headers)


@bp.function_name("health")
@bp.route("health", methods=["GET"], auth_level=func.AuthLevel.ANONYMOUS)
@answering
async def health(req: func.HttpRequest) -> func.HttpResponse:
    """200 while the catalog can be read in time; a 503 problem otherwise."""
    await services().snapshots.get()
    return answer_json({"status": "ok"})


async def _shown(line: Line) -> views.Json:
    events = await services().catalog.events(line.id)
    is_done = line.drain is not None and line.drain.verdict is Verdict.DRAINED
    kept = await monitor.kept(services(), line) if is_done else None
    return views.line(line, events, kept)


def _registered(req: func.HttpRequest, done: Registered) -> func.HttpResponse:
    headers = line_headers(done.release.line)
    body = views.release(done.release, done.line)
    if done.operation is None:
        return answer_json(body, 201 if done.new else 200, headers)
    location = f"{own_url(req)}/operations/{done.operation.id}"
    return answer_json(body, 202, headers | {"Location": location, "Retry-After": "2"})


def _deploy(text: str) -> Deploy:
    try:
        return Deploy(text)
    except ValueError as error:
        detail = f"deploy={text!r} is none of {', '.join(Deploy)}."
        raise Refusal(400, "bad-deploy", detail) from error


def _must_be_zip(req: func.HttpRequest) -> None:
    sent = req.headers.get("Content-Type", "application/zip").partition(";")[0].strip().lower()
    if sent not in _ZIP:
        detail = f"A release's body is a zip: Content-Type application/zip, not {sent!r}."
        raise Refusal(415, "unsupported-media-type", detail)
