"""The routes of releases. Functions with names that begin with ops_ require the ops key."""

import azure.durable_functions as df
import azure.functions as func
from semver import Version

from router.context import Context
from router.domain.errors import Refusal, about
from router.domain.model import Release
from router.domain.rollout import Deploy
from router.domain.texts.reasons import checked_reason
from router.domain.version import LineId, parse_version
from router.http import views
from router.http.endpoint import endpoint
from router.http.requests import check_size, own_url, parameters
from router.http.responses import answer_json, line_headers
from router.releases.removal import remove
from router.releases.service import Registered, register
from router.routing.rules import known_versions

bp = df.Blueprint()
_ZIP = ("application/zip", "application/x-zip-compressed", "application/octet-stream")


@endpoint(bp, "ops_put_release", "releases/{version}", "PUT")
async def put_release(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Register a release: 201 if new, 200 if identical, 202 if its deployment has begun."""
    version = parse_version(req.route_params["version"])
    asked = parameters(req)
    deploy = _deploy(asked.get("deploy", "auto"))
    removes = _removes(asked.get("removes", "refuse"))
    _require_zip(req)
    package = req.get_body()
    advice = "Leave out what requirements.txt installs."
    check_size(package, context.settings.max_package_bytes, "package-too-large", advice)
    with about(LineId.of(version)):
        done = await register(context, version, package, deploy, removes=removes)
        if deploy is Deploy.NOW:
            _require_not_superseded(done)
    return _registered(context, req, done)


@endpoint(bp, "ops_releases", "releases", "GET")
async def releases(context: Context, _: func.HttpRequest) -> func.HttpResponse:
    """List all releases, the lowest first."""
    snapshot = await context.snapshots.refresh()
    found = sorted(snapshot.releases.values(), key=lambda release: release.version)
    shown = [views.release(each, snapshot.lines.get(each.line)) for each in found]
    return answer_json({"releases": shown})


@endpoint(bp, "ops_release", "releases/{version}", "GET")
async def release(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Show one release."""
    version = parse_version(req.route_params["version"])
    found = await _registered_release(context, version)
    line = await context.catalog.line(found.line)
    return answer_json(views.release(found, line), headers=line_headers(found.line))


@endpoint(bp, "ops_delete_release", "releases/{version}", "DELETE")
async def delete_release(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Remove a release that was never put in place: 204 once it is gone."""
    version = parse_version(req.route_params["version"])
    reason = checked_reason(parameters(req).get("reason"))
    found = await _registered_release(context, version)
    with about(found.line):
        await remove(context, found, reason)
    return func.HttpResponse(status_code=204, headers=line_headers(found.line))


async def _registered_release(context: Context, version: Version) -> Release:
    found = await context.catalog.release(version)
    if found is not None:
        return found
    detail = f"Release {version} is not registered. See GET /api/releases."
    known = known_versions((await context.snapshots.refresh()).releases, LineId.of(version))
    raise Refusal(404, "unknown-version", detail, knownVersions=known)


def _registered(context: Context, req: func.HttpRequest, done: Registered) -> func.HttpResponse:
    headers = line_headers(done.release.line)
    body = views.release(done.release, done.line)
    if done.operation is None:
        return answer_json(body, 201 if done.new else 200, headers)
    location = f"{own_url(context.settings, req)}/operations/{done.operation.id}"
    return answer_json(body, 202, headers | {"Location": location, "Retry-After": "2"})


def _require_not_superseded(done: Registered) -> None:
    """Raise Refusal 409 release-superseded if the release can never be put in place."""
    version, ran = done.release.version, done.line.release
    if ran is not None and version < ran:
        detail = (
            f"Release {version} is registered, but line {done.line.id} has run {ran}, and its hub "
            "belongs to that. An older release is never put in place. Register its code again as "
            f"a version above {ran}."
        )
        raise Refusal(409, "release-superseded", detail)


def _deploy(text: str) -> Deploy:
    try:
        return Deploy(text)
    except ValueError as error:
        detail = f"deploy={text!r} is not one of {', '.join(Deploy)}."
        raise Refusal(400, "bad-deploy", detail) from error


def _removes(text: str) -> bool:
    if text not in ("refuse", "allow"):
        raise Refusal(400, "bad-removes", f"removes={text!r} is neither refuse nor allow.")
    return text == "allow"


def _require_zip(req: func.HttpRequest) -> None:
    sent = req.headers.get("Content-Type", "application/zip").partition(";")[0].strip().lower()
    if sent not in _ZIP:
        detail = f"A release's body is a zip: send Content-Type application/zip, not {sent!r}."
        raise Refusal(415, "unsupported-media-type", detail)
