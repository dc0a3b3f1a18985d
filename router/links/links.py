"""Creates and checks the signed management URLs of an instance."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from router.links import signing
from router.links.signing import Access
from router.ports import Clock


class Links:
    """Signed URLs. The first secret signs, and all of them are accepted."""

    def __init__(self, secrets: tuple[str, ...], valid_seconds: float, now: Clock) -> None:
        self._secrets = secrets
        self._valid = timedelta(seconds=valid_seconds)
        self._now = now

    def of(
        self, own_url: str, instance_id: str, expires_at: datetime | None = None
    ) -> dict[str, str]:
        """Return Durable's check-status payload for an instance.

        `expires_at`: when the link expires by which the caller asks, None for a key.
        """
        until = expires_at or self._now() + self._valid
        secret = self._secrets[0]
        queries = {each: signing.sign(secret, each, instance_id, until) for each in Access}
        return signing.check_status_payload(own_url, instance_id, queries)

    def check(self, instance_id: str, access: Access, query: Mapping[str, str]) -> datetime:
        """Return when the link expires whose parameters a query has.

        Raises Refusal 401 unless it is valid for this instance and access.
        """
        return signing.verify(self._secrets, access, instance_id, query, self._now())
