"""One deploy: fetch a package, unpack it beside the old one and run it instead.

A deployment succeeds once its package runs, whether or not the app is healthy, as on Azure. A
deployment that a restart of the control plane interrupted is resumed.
"""

import asyncio
import logging
import shutil
import uuid
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.deployments.build import BuildError, build
from emulator.arm.deployments.package import PackageError, install
from emulator.arm.errors import ArmError, bad_request, conflict
from emulator.arm.requests.call import ANYWHERE, SITE, Call, Reply, route
from emulator.arm.sites import placement, runtime
from emulator.arm.sites.sites import require, require_created

_log = logging.getLogger(__name__)
_ONE_DEPLOY = SITE + "/extensions/onedeploy"
_DEPLOYMENTS = SITE + "/deployments"
_DEPLOYING, _FAILED, _DONE = 2, 3, 4
_CACHE = ".built"  # beside the packages; no site can have this name
_STATES = {_DEPLOYING: "InProgress", _FAILED: "Failed", _DONE: "Succeeded"}


async def resume(cloud: Cloud) -> None:
    """Resume the deployments that were in progress when the control plane ended."""
    for deployment in cloud.store.matching(f"{ANYWHERE}/sites/*/deployments/*"):
        site = cloud.store.get(deployment["site"])
        if deployment["status"] == _DEPLOYING and site is not None:
            cloud.background(_carry_out(cloud, site, deployment))


def fail_endless(cloud: Cloud) -> None:
    """Fail every deployment that would never end."""
    for deployment in cloud.store.matching(f"{ANYWHERE}/sites/*/deployments/*"):
        if deployment["status"] == _DEPLOYING and deployment["effect"] == "never-ending":
            failed = {"status": _FAILED, "message": "Deployment failed: it was cancelled"}
            _write(cloud, deployment | failed | {"endedAt": cloud.now(), "uri": ""})


async def _create(cloud: Cloud, call: Call) -> Reply:
    site = require_created(cloud, call)
    properties = call.content().get("properties") or {}
    uri = properties.get("packageUri")
    if not isinstance(uri, str) or not uri:
        raise bad_request("The parameter properties.packageUri has an invalid value.")
    if any(deployment["status"] == _DEPLOYING for deployment in _all(cloud, site)):
        raise conflict("There is a deployment currently in progress. Please try again later.")
    deployment = {
        "id": str(uuid.uuid4()),
        "site": site["id"],
        "uri": uri,
        "status": _DEPLOYING,
        "message": "",
        "startedAt": cloud.now(),
        "endedAt": None,
        "effect": call.effect,
        "build": properties.get("remoteBuild") is True,
    }
    _write(cloud, deployment)
    cloud.background(_carry_out(cloud, site, deployment))
    if call.effect == "unnamed":
        return Reply(202)
    poll = f"{call.base_url}{site['id']}/deployments/{deployment['id']}"
    headers = {"Location": f"{poll}?api-version={call.api_version}", "Retry-After": "1"}
    return Reply(202, _summary(site, deployment), headers)


async def _carry_out(cloud: Cloud, site: Document, deployment: Document) -> None:
    if deployment["effect"] == "never-ending":
        return
    try:
        await _activate(cloud, site, deployment)
    except (PackageError, BuildError, OSError) as error:
        _log.warning("deployment to %s failed: %s", site["name"], error)
        deployment |= {"status": _FAILED, "message": f"Deployment failed: {error}"}
    else:
        deployment |= {"status": _DONE, "message": "Deployment successful"}
    if deployment["effect"] == "unlisted":
        cloud.store.delete(f"{site['id']}/deployments/{deployment['id']}")
    elif cloud.store.get(site["id"]) is not None:
        # The URI of the package has a signature and is no longer needed.
        _write(cloud, deployment | {"endedAt": cloud.now(), "uri": ""})


async def _activate(cloud: Cloud, site: Document, deployment: Document) -> None:
    if deployment["effect"] == "fail-operation":
        raise PackageError("injected fault")
    target = placement.directory(cloud.packages, site["name"], deployment["id"])
    if not target.exists():
        await install(deployment["uri"], target, partial(_build, cloud, deployment))
    current = cloud.store.get(site["id"])
    if current is None:  # the site was deleted during the download
        await asyncio.to_thread(shutil.rmtree, target.parent, ignore_errors=True)
        return
    await runtime.run(cloud, current, deployment["id"])
    await asyncio.to_thread(_remove_others, target)


async def _build(cloud: Cloud, deployment: Document, package: Path) -> None:
    def say(text: str) -> None:
        _log.info("deployment %s: %s", deployment["id"], text)
        _write(cloud, deployment | {"message": text})

    if deployment.get("build"):
        await build(package, cloud.packages / _CACHE, say)


def _remove_others(target: Path) -> None:
    for directory in target.parent.iterdir():
        if directory != target:
            shutil.rmtree(directory, ignore_errors=True)


async def _latest(cloud: Cloud, call: Call) -> Reply:
    site = require(cloud, call)
    if not (deployments := _all(cloud, site)):
        raise ArmError(404, "NotFound", "No deployment was made to this site.")
    return Reply(body=_summary(site, deployments[-1]))


async def _list(cloud: Cloud, call: Call) -> Reply:
    site = require(cloud, call)
    deployments = _all(cloud, site)
    return Reply(body={"value": [_show(cloud, site, each) for each in reversed(deployments)]})


async def _get(cloud: Cloud, call: Call) -> Reply:
    site = require(cloud, call)
    deployment = cloud.store.get(call.scope(_DEPLOYMENTS + "/{deployment}"))
    if deployment is None:
        message = f"The deployment '{call.names['deployment']}' was not found."
        raise ArmError(404, "NotFound", message)
    return Reply(body=_show(cloud, site, deployment))


def _all(cloud: Cloud, site: Document) -> list[Document]:
    deployments = cloud.store.children(f"{site['id']}/deployments")
    return sorted(deployments, key=lambda deployment: deployment["startedAt"])


def _write(cloud: Cloud, deployment: Document) -> None:
    cloud.store.put(f"{deployment['site']}/deployments/{deployment['id']}", deployment)


def _summary(site: Document, deployment: Document) -> dict[str, Any]:
    return {
        "id": f"{site['id']}/extensions/onedeploy",
        "name": "onedeploy",
        "type": "Microsoft.Web/sites/extensions",
        "location": site["location"],
        "properties": {
            "deploymentId": deployment["id"],
            "provisioningState": _STATES[deployment["status"]],
            "status": deployment["status"],
            "message": deployment["message"],
        },
    }


def _show(cloud: Cloud, site: Document, deployment: Document) -> dict[str, Any]:
    ended = deployment["endedAt"]
    return {
        "id": f"{site['id']}/deployments/{deployment['id']}",
        "name": deployment["id"],
        "type": "Microsoft.Web/sites/deployments",
        "location": site["location"],
        "properties": {
            "id": deployment["id"],
            "status": deployment["status"],
            "message": deployment["message"],
            "status_text": deployment["message"],
            "deployer": "OneDeploy",
            "start_time": _iso_time(deployment["startedAt"]),
            "end_time": _iso_time(ended) if ended else None,
            "complete": ended is not None,
            "active": placement.read(cloud.store, site["id"]).package == deployment["id"],
        },
    }


def _iso_time(seconds: float) -> str:
    return datetime.fromtimestamp(seconds, UTC).isoformat()


ROUTES = [
    route("PUT", _ONE_DEPLOY, _create),
    route("GET", _ONE_DEPLOY, _latest),
    route("GET", _DEPLOYMENTS, _list),
    route("GET", _DEPLOYMENTS + "/{deployment}", _get),
]
