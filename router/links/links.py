"""Creates and checks the signed management URLs of an instance."""

from collections.abc import Mapping
from datetime import timedelta

from router.links import signing
from router.ports import Clock


class Links:
    """Signed URLs. The first secret signs, and all of them are accepted."""

    def __init__(self, secrets: tuple[str, ...], valid_seconds: float, now: Clock) -> None:
        self._secrets = secrets
        self._valid = timedelta(seconds=valid_seconds)
        self._now = now

    def of(self, own_url: str, instance_id: str) -> dict[str, str]:
        """Return Durable's check-status payload for an instance."""
        query = signing.sign(self._secrets[0], instance_id, self._now() + self._valid)
        return signing.check_status_payload(own_url, instance_id, query)

    def check(self, instance_id: str, query: Mapping[str, str]) -> None:
        """Raise Refusal 401 unless the query carries a valid signature for this instance."""
        sig, se = query.get("sig", ""), query.get("se", "")
        signing.verify(self._secrets, instance_id, sig, se, self._now())
