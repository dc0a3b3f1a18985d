"""Signed URLs: what is handed out for one instance, good until a time, and never a key.

A signature covers the instance, the end of its time and the purpose, so it opens nothing else.
Several secrets may be valid at once, so that they can be rotated; the first one signs. Knows
neither where secrets come from nor what a link leads to.
"""

import base64
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from urllib.parse import quote, urlencode

from router.domain.errors import Refusal

EVENT_NAME = "{eventName}"
"""Where the caller puts the name of an event."""
_PURPOSE = "instance"


def sign(secret: str, instance_id: str, expires_at: datetime) -> dict[str, str]:
    """The query parameters `sig` and `se` (seconds since 1970) of a link to one instance."""
    se = str(int(expires_at.timestamp()))
    return {"sig": _signature(secret, instance_id, se), "se": se}


def verify(secrets: Sequence[str], instance_id: str, sig: str, se: str, now: datetime) -> None:
    """Returns when the link is good; Refusal 401 bad-signature or link-expired. Constant time."""
    given = sig.encode(errors="replace")
    good = [
        hmac.compare_digest(_signature(each, instance_id, se).encode(), given) for each in secrets
    ]
    if not any(good):
        detail = "The link's signature is not good for this instance. Use the link as handed out."
        raise Refusal(401, "bad-signature", detail)
    if now >= datetime.fromtimestamp(int(se), UTC):
        detail = "The link's time is over. Ask for the instance with a key."
        raise Refusal(401, "link-expired", detail)


def check_status_payload(
    base_url: str, instance_id: str, query: Mapping[str, str]
) -> dict[str, str]:
    """Durable's check-status payload, every URL the router's own.

    `base_url`: such as https://host/api. `query`: of `sign`. The texts in braces are for the
    caller to fill in, as in Durable's own.
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
