"""Signs and verifies URLs that give access to one instance until they expire.

A signature covers the instance, the expiry and the class of requests, so it is valid for nothing
else. Several secrets may be valid at once, so that they can be rotated.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from enum import StrEnum
from hashlib import sha256
from urllib.parse import quote, urlencode

from router.domain.errors import Refusal

EVENT_NAME = "{eventName}"
"""Placeholder for the name of an event, which the caller replaces."""
_PURPOSE = "instance"


class Access(StrEnum):
    """The classes of requests that a link may be for."""

    READ = "read"
    EVENT = "event"
    MANAGE = "manage"


def sign(secret: str, access: Access, instance_id: str, expires_at: datetime) -> dict[str, str]:
    """Return the query parameters `sig` and `se` (seconds since 1970) of a link."""
    se = str(int(expires_at.timestamp()))
    return {"sig": _signature(secret, access, instance_id, se), "se": se}


def verify(
    secrets: Sequence[str],
    access: Access,
    instance_id: str,
    given: Mapping[str, str],
    now: datetime,
) -> datetime:
    """Return when a link expires, whose parameters are given.

    Raises Refusal 401 bad-signature or link-expired unless it is valid for this access.
    """
    sig, se = given.get("sig", "").encode(errors="replace"), given.get("se", "")
    # Every secret is compared in constant time, so that timing reveals neither match nor secret.
    matches = [
        hmac.compare_digest(_signature(each, access, instance_id, se).encode(), sig)
        for each in secrets
    ]
    if not any(matches):
        detail = (
            "Invalid signature. Use the link exactly as the router returned it, for what it was "
            "returned for."
        )
        raise Refusal(401, "bad-signature", detail)
    expires_at = datetime.fromtimestamp(int(se), UTC)
    if now >= expires_at:
        detail = "The link has expired. Request the instance with a key."
        raise Refusal(401, "link-expired", detail)
    return expires_at


def check_status_payload(
    base_url: str, instance_id: str, queries: Mapping[Access, Mapping[str, str]]
) -> dict[str, str]:
    """Return Durable's check-status payload with URLs of the router.

    `base_url` is such as https://host/api, and each query comes from `sign`. The caller replaces
    the placeholders in braces, as in Durable's own payload.
    """
    instance = f"{base_url}/links/instances/{quote(instance_id, safe='')}"
    read, event, manage = (urlencode(queries[access]) for access in Access)
    return {
        "id": instance_id,
        "statusQueryGetUri": f"{instance}?{read}",
        "sendEventPostUri": f"{instance}/raiseEvent/{EVENT_NAME}?{event}",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}&{manage}",
        "rewindPostUri": f"{instance}/rewind?reason={{text}}&{manage}",
        "purgeHistoryDeleteUri": f"{instance}?{manage}",
        "restartPostUri": f"{instance}/restart?{manage}",
        "suspendPostUri": f"{instance}/suspend?reason={{text}}&{manage}",
        "resumePostUri": f"{instance}/resume?reason={{text}}&{manage}",
    }


def _signature(secret: str, access: Access, instance_id: str, se: str) -> str:
    signed = f"{_PURPOSE}:{access}\n{se}\n{instance_id}".encode(errors="surrogatepass")
    digest = hmac.new(secret.encode(), signed, sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
