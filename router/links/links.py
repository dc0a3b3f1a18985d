"""The links that the router hands out for one instance: made and checked with its secrets.

Joins the pure signature with the settings and the clock. Knows no routes.
"""

from collections.abc import Mapping
from datetime import timedelta

from router.links import signing
from router.ports import Clock


class Links:
    """Signed URLs; the first secret signs, all of them are accepted."""

    def __init__(self, secrets: tuple[str, ...], valid_seconds: float, now: Clock) -> None:
        self._secrets = secrets
        self._valid = timedelta(seconds=valid_seconds)
        self._now = now

    def of(self, own_url: str, instance_id: str) -> dict[str, str]:
        """Durable's check-status payload for an instance."""
        query = signing.sign(self._secrets[0], instance_id, self._now() + self._valid)
        return signing.check_status_payload(own_url, instance_id, query)

    def check(self, instance_id: str, query: Mapping[str, str]) -> None:
        """Refusal 401 unless the query carries a good signature for this instance."""
        sig, se = query.get("sig", ""), query.get("se", "")
        signing.verify(self._secrets, instance_id, sig, se, self._now())
