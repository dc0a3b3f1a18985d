"""The triggers of the sites as of their last sync, which a deployment leaves as they are."""

from collections.abc import Iterator
from dataclasses import asdict

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import AppServiceError
from emulator.arm.requests.call import ANYWHERE, SITE, Call, Reply, route
from emulator.arm.scaling.triggers import Watched, watched
from emulator.arm.sites import placement
from emulator.arm.sites.functions import ask_functions
from emulator.arm.sites.sites import require
from emulator.host.configuration import host_json
from emulator.host.errors import PackageFailed

_STORED = "triggers"


def synced(cloud: Cloud) -> Iterator[tuple[Document, Watched]]:
    """Yield the sites whose triggers are known, and the task hub in them."""
    for site in cloud.store.matching(f"{ANYWHERE}/sites/*"):
        if known := cloud.store.get(f"{site['id']}/{_STORED}"):
            yield site, Watched(**known)


async def _sync(cloud: Cloud, call: Call) -> Reply:
    """Store what the triggers of the functions say that the host knows now."""
    site = require(cloud, call)
    functions = await ask_functions(cloud, site)
    package = placement.read(cloud.store, site["id"]).package
    if package is not None:
        directory = placement.directory(cloud.packages, site["name"], package)
        try:
            found = watched(functions, host_json.load(directory, {}), site["name"])
        except (PackageFailed, ValueError) as error:
            raise AppServiceError(
                400, "BadRequest", f"host.json cannot be read: {error}"
            ) from error
        cloud.store.put(f"{site['id']}/{_STORED}", asdict(found) if found else {})
    return Reply(204)


ROUTES = [
    route("POST", SITE + "/syncfunctiontriggers", _sync),
    route("POST", SITE + "/host/default/sync", _sync),
]
