"""The web application of the control plane: its own endpoints and the gateway for all others."""

from collections.abc import AsyncIterator

from aiohttp import web

from emulator.arm.backend.cloud import Cloud
from emulator.arm.deployments import deployments
from emulator.arm.errors import ArmError
from emulator.arm.policies import faults, identity
from emulator.arm.requests import operations
from emulator.arm.requests.gateway import MAX_BODY_BYTES, ConnectionCut, Gateway, inject_fault
from emulator.arm.resources import groups, listing, tags
from emulator.arm.scaling import controller, synced_triggers
from emulator.arm.sites import functions, keys, plans, runtime, site_config, site_power, sites

CLOUD: web.AppKey[Cloud] = web.AppKey("cloud", Cloud)
_OWNERS = (
    deployments,
    functions,
    groups,
    keys,
    operations,
    plans,
    listing,
    site_config,
    site_power,
    sites,
    synced_triggers,
    tags,
)


def application(cloud: Cloud) -> web.Application:
    """Return the web application: identity endpoint, fault injection and control plane."""
    app = web.Application(client_max_size=MAX_BODY_BYTES)
    app[CLOUD] = cloud
    app.router.add_get("/msi/token", _token)
    app.router.add_get("/emulator/faults", _list_faults)
    app.router.add_post("/emulator/faults", _add_fault)
    app.router.add_delete("/emulator/faults", _clear_faults)
    gateway = Gateway(cloud, [route for owner in _OWNERS for route in owner.ROUTES])
    app.router.add_route("*", "/{path:.*}", gateway.handle)
    app.cleanup_ctx.append(_lifetime)
    return app


async def _lifetime(app: web.Application) -> AsyncIterator[None]:
    await runtime.resume(app[CLOUD])
    await deployments.resume(app[CLOUD])
    if app[CLOUD].idle_seconds is not None:
        app[CLOUD].background(controller.run(app[CLOUD]))
    yield
    await app[CLOUD].close()


async def _token(request: web.Request) -> web.Response:
    cloud = request.app[CLOUD]
    try:
        await inject_fault(cloud, request)
    except ArmError as error:
        return _identity_error(error.status, error.code, error.message)
    except ConnectionCut:
        if request.transport is not None:
            request.transport.abort()
        return web.Response(status=500)
    if request.headers.get("X-IDENTITY-HEADER") != cloud.secrets.header:
        return _identity_error(401, "Unauthorized", "X-IDENTITY-HEADER is missing or wrong.")
    if request.query.get("api-version") != "2019-08-01":
        return _identity_error(400, "BadRequest", "api-version 2019-08-01 is required.")
    resource = request.query.get("resource")
    if not resource:
        return _identity_error(400, "BadRequest", "The parameter resource is required.")
    client_id = request.query.get("client_id")
    return web.json_response(identity.issue(cloud.secrets.key, resource, client_id, cloud.now()))


def _identity_error(status: int, code: str, message: str) -> web.Response:
    return web.json_response(
        {"statusCode": status, "code": code, "message": message}, status=status
    )


async def _list_faults(request: web.Request) -> web.Response:
    return web.json_response([faults.show(fault) for fault in request.app[CLOUD].faults])


async def _add_fault(request: web.Request) -> web.Response:
    try:
        fault = faults.parse(await request.json())
    except (ValueError, TypeError) as error:
        return web.json_response({"error": str(error)}, status=400)
    cloud = request.app[CLOUD]
    cloud.faults = (*cloud.faults, fault)
    return web.json_response(faults.show(fault), status=201)


async def _clear_faults(request: web.Request) -> web.Response:
    cloud = request.app[CLOUD]
    cloud.faults = ()
    operations.fail_endless(cloud)
    deployments.fail_endless(cloud)
    return web.Response(status=204)
