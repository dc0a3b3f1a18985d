"""The triggers of the sites as of their last sync, which a deployment leaves as they are."""

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import AppServiceError
from emulator.arm.requests.call import ANYWHERE, SITE, Call, Reply, route
from emulator.arm.scaling.background import Trigger, background
from emulator.arm.scaling.triggers import Watched, watched
from emulator.arm.sites import placement
from emulator.arm.sites.functions import ask_functions
from emulator.arm.sites.sites import require
from emulator.host.configuration import host_json
from emulator.host.errors import PackageFailed

_STORED = "triggers"


@dataclass(frozen=True, slots=True)
class Synced:
    """The triggers of a site: its task hub, and its timers, queues and blobs."""

    hub: Watched | None
    background: list[Trigger]


def synced(cloud: Cloud) -> Iterator[tuple[Document, Synced]]:
    """Yield the sites whose triggers are known, with them."""
    for site in cloud.store.matching(f"{ANYWHERE}/sites/*"):
        if known := cloud.store.get(f"{site['id']}/{_STORED}"):
            if "background" not in known:  # stored before there were any
                known = {"hub": known, "background": []}
            hub = known["hub"]
            yield site, Synced(None if hub is None else Watched(**hub), known["background"])


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
        known = Synced(found, background(functions))
        cloud.store.put(f"{site['id']}/{_STORED}", asdict(known))
    return Reply(204)


ROUTES = [
    route("POST", SITE + "/syncfunctiontriggers", _sync),
    route("POST", SITE + "/host/default/sync", _sync),
]
