"""Signs and verifies URLs that give access to one instance until they expire.

A signature covers the instance, the expiry and the purpose, so it is valid for nothing else.
Several secrets may be valid at once, so that they can be rotated.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlencode

from router.domain.errors import Refusal

EVENT_NAME = "{eventName}"
"""Placeholder for the name of an event, which the caller replaces."""
_PURPOSE = "instance"


def sign(secret: str, instance_id: str, expires_at: datetime) -> dict[str, str]:
    """Return the query parameters `sig` and `se` (seconds since 1970) of a link."""
    se = str(int(expires_at.timestamp()))
    return {"sig": _signature(secret, instance_id, se), "se": se}


def verify(secrets: Sequence[str], instance_id: str, sig: str, se: str, now: datetime) -> None:
    """Raise Refusal 401 bad-signature or link-expired unless a link is valid."""
    given = sig.encode(errors="replace")
    # Every secret is compared in constant time, so that timing reveals neither match nor secret.
    matches = [
        hmac.compare_digest(_signature(each, instance_id, se).encode(), given) for each in secrets
    ]
    if not any(matches):
        detail = "Invalid signature. Use the link exactly as the router returned it."
        raise Refusal(401, "bad-signature", detail)
    if now >= datetime.fromtimestamp(int(se), UTC):
        detail = "The link has expired. Request the instance with a key."
        raise Refusal(401, "link-expired", detail)


def check_status_payload(
    base_url: str, instance_id: str, query: Mapping[str, str]
) -> dict[str, str]:
    """Return Durable's check-status payload with URLs of the router.

    `base_url` is such as https://host/api, `query` comes from `sign`. The caller replaces the
    placeholders in braces, as in Durable's own payload.
    """
    instance = f"{base_url}/links/instances/{quote(instance_id, safe='')}"
    signed = urlencode(query)
    return {
        "id": instance_id,
        "statusQueryGetUri": f"{instance}?{signed}",
        "sendEventPostUri": f"{instance}/raiseEvent/{EVENT_NAME}?{signed}",
        "terminatePostUri": f"{instance}/terminate?reason={{text}}&{signed}",
        "rewindPostUri": f"{instance}/rewind?reason={{text}}&{signed}",
        "purgeHistoryDeleteUri": f"{instance}?{signed}",
        "restartPostUri": f"{instance}/restart?{signed}",
        "suspendPostUri": f"{instance}/suspend?reason={{text}}&{signed}",
        "resumePostUri": f"{instance}/resume?reason={{text}}&{signed}",
    }


def _signature(secret: str, instance_id: str, se: str) -> str:
    signed = f"{_PURPOSE}\n{se}\n{instance_id}".encode(errors="surrogatepass")
    digest = hmac.new(secret.encode(), signed, sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
