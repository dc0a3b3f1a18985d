"""Start, stop and restart of a site, and name checks."""

from emulator.arm.backend.cloud import Cloud
from emulator.arm.errors import bad_request
from emulator.arm.requests.call import ANYWHERE, SITE, SUBSCRIPTION, Call, Reply, route
from emulator.arm.sites import runtime
from emulator.arm.sites.sites import require_created


async def _restart(cloud: Cloud, call: Call) -> Reply:
    site = require_created(cloud, call)
    if call.query.get("synchronous", "").lower() == "true":
        await runtime.run(cloud, site)
    else:
        runtime.restart(cloud, site)
    return Reply(200)


async def _start(cloud: Cloud, call: Call) -> Reply:
    site = require_created(cloud, call)
    if not site["enabled"]:
        cloud.store.put(site["id"], {**site, "enabled": True})
        await runtime.start(cloud, {**site, "enabled": True})
    return Reply(200)


async def _stop(cloud: Cloud, call: Call) -> Reply:
    site = require_created(cloud, call)
    cloud.store.put(site["id"], {**site, "enabled": False})
    await runtime.stop(cloud, site)
    return Reply(200)


async def _name_available(cloud: Cloud, call: Call) -> Reply:
    name = call.content().get("name")
    if not isinstance(name, str) or not name:
        raise bad_request("The parameter name has an invalid value.")
    taken = cloud.store.matching(f"{ANYWHERE}/sites/{name}")
    if not taken:
        return Reply(body={"nameAvailable": True, "reason": "", "message": ""})
    message = f"Hostname '{name}' already exists. Please select a different name."
    return Reply(body={"nameAvailable": False, "reason": "AlreadyExists", "message": message})


ROUTES = [
    route("POST", SITE + "/restart", _restart),
    route("POST", SITE + "/start", _start),
    route("POST", SITE + "/stop", _stop),
    route("POST", SUBSCRIPTION + "/providers/Microsoft.Web/checknameavailability", _name_available),
]
