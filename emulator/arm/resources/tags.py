"""Tags of a site or a plan, merged into the existing ones without a restart."""

from typing import Any

from emulator.arm.backend.cloud import Cloud
from emulator.arm.errors import bad_request, not_found
from emulator.arm.requests.call import PLAN, SITE, Call, Reply, route

_TAGS = "/providers/Microsoft.Resources/tags/default"


async def _merge(cloud: Cloud, call: Call) -> Reply:
    owner = call.scope(SITE if "site" in call.names else PLAN)
    resource = cloud.store.get(owner)
    if resource is None:
        kind, name = owner.rpartition("/")[0].rpartition("/")[2], owner.rpartition("/")[2]
        raise not_found(f"Microsoft.Web/{kind}", name, call.names["group"])
    content = call.content()
    if content.get("operation") != "Merge":
        raise bad_request("The emulator supports the tag operation Merge only.")
    tags: dict[str, Any] = (content.get("properties") or {}).get("tags") or {}
    merged = {**resource["tags"], **tags}
    cloud.store.put(owner, {**resource, "tags": merged})
    body = {
        "id": f"{owner}{_TAGS}",
        "name": "default",
        "type": "Microsoft.Resources/tags",
        "properties": {"tags": merged},
    }
    return Reply(body=body)


ROUTES = [route("PATCH", SITE + _TAGS, _merge), route("PATCH", PLAN + _TAGS, _merge)]
