"""Lists of resources of all types, filtered by tag, type or name.

As on Azure, a list that is filtered by tag shows no tags.
"""

import re

from emulator.arm.backend.cloud import Cloud
from emulator.arm.backend.store import Document
from emulator.arm.errors import bad_request, group_not_found
from emulator.arm.requests.call import GROUP, SUBSCRIPTION, Call, Reply, route

_TERM = re.compile(
    r"\s*(tagName|tagValue|resourceType|name)\s+eq\s+'((?:[^']|'')*)'\s*", re.IGNORECASE
)
_SHOWN = ("id", "name", "type", "kind", "location", "tags", "sku", "identity")
_COLLECTIONS = ("/providers/Microsoft.Web/serverfarms/*", "/providers/Microsoft.Web/sites/*")


def parse(text: str) -> dict[str, str]:
    """Return the terms of a `$filter` by lower-case name. Raises 400 for an unsupported filter."""
    terms: dict[str, str] = {}
    for part in re.split(r"\s+and\s+", text, flags=re.IGNORECASE) if text else ():
        match = _TERM.fullmatch(part)
        if match is None:
            raise _invalid(text)
        terms[match[1].lower()] = match[2].replace("''", "'")
    if "tagvalue" in terms and "tagname" not in terms:
        raise _invalid(text)
    if "tagname" in terms and terms.keys() & {"resourcetype", "name"}:
        raise _invalid(text)
    return terms


def matches(resource: Document, terms: dict[str, str]) -> bool:
    """Return whether a resource satisfies all terms, ignoring case except in tag values."""
    tags = {name.lower(): value for name, value in resource["tags"].items()}
    tag = tags.get(terms.get("tagname", "").lower())
    kind, name = resource["type"].lower(), resource["name"].lower()
    return (
        ("tagname" not in terms or tag is not None)
        and ("tagvalue" not in terms or terms["tagvalue"] == tag)
        and ("resourcetype" not in terms or terms["resourcetype"].lower() == kind)
        and ("name" not in terms or terms["name"].lower() == name)
    )


async def _of_group(cloud: Cloud, call: Call) -> Reply:
    if cloud.store.get(call.scope(GROUP)) is None:
        raise group_not_found(call.names["group"])
    return _listed(cloud, call, call.scope(GROUP))


async def _of_subscription(cloud: Cloud, call: Call) -> Reply:
    return _listed(cloud, call, call.scope(SUBSCRIPTION) + "/resourceGroups/*")


def _listed(cloud: Cloud, call: Call, scope: str) -> Reply:
    terms = parse(call.query.get("$filter", ""))
    found = [each for path in _COLLECTIONS for each in cloud.store.matching(scope + path)]
    matching = [each for each in found if matches(each, terms)]
    shown = [name for name in _SHOWN if name != "tags" or "tagname" not in terms]
    return Reply(body={"value": [{k: each[k] for k in shown if k in each} for each in matching]})


def _invalid(text: str) -> Exception:
    return bad_request(f"The filter '{text}' is not supported.", "InvalidFilterInQueryString")


ROUTES = [
    route("GET", GROUP + "/resources", _of_group),
    route("GET", SUBSCRIPTION + "/resources", _of_subscription),
]
