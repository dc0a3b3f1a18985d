"""The management URLs of an instance, as starts and restarts return them.

The key in them is that of the extension.
"""

from dataclasses import dataclass
from urllib.parse import quote_plus


@dataclass(frozen=True, slots=True)
class Links:
    """Creates the URLs under `base` (…/runtime/webhooks/durabletask) for one hub."""

    base: str
    hub: str
    connection: str
    key: str

    def of(self, instance_id: str, *, with_rewind: bool = False) -> dict[str, str]:
        """Return the payload of a start: the instance id and a URL per operation."""
        root = f"{self.base}/instances/{_escaped(instance_id)}"
        query = f"taskHub={self.hub}&connection={self.connection}&code={self.key}"
        with_reason = f"?reason={{text}}&{query}"
        links = {
            "id": instance_id,
            "statusQueryGetUri": f"{root}?{query}",
            "sendEventPostUri": f"{root}/raiseEvent/{{eventName}}?{query}",
            "terminatePostUri": f"{root}/terminate{with_reason}",
        }
        if with_rewind:
            links["rewindPostUri"] = f"{root}/rewind{with_reason}"
        return {
            **links,
            "purgeHistoryDeleteUri": f"{root}?{query}",
            "restartPostUri": f"{root}/restart?{query}",
            "suspendPostUri": f"{root}/suspend{with_reason}",
            "resumePostUri": f"{root}/resume{with_reason}",
        }


def _escaped(instance_id: str) -> str:
    return quote_plus(instance_id, safe="!*()").replace("~", "%7E")
