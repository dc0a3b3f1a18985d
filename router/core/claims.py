"""Ids that callers give: which line an id belongs to.

All lines share one tracking store, where a second start under the same id would silently destroy
the first instance. An id belongs to one line at a time. Knows nothing of the store.
"""

from dataclasses import replace

from router.core.errors import Refusal
from router.core.model import Claim
from router.core.version import LineId

ENDED = frozenset({"Completed", "Failed", "Terminated", "Canceled"})


def decide(claim: Claim, line: LineId, runtime_status: str | None) -> Claim:
    """The claim as it should be, so that `line` may start an instance of this id.

    `runtime_status`: of the id's instance; None when there is none (yet: a start may be on its
    way). The same value when the line holds it already. Refusal 409 id-taken otherwise.
    """
    if claim.line == line:
        return claim
    if runtime_status in ENDED:
        return replace(claim, line=line)
    raise Refusal(
        409,
        "id-taken",
        f"The id {claim.instance_id!r} belongs to an instance of line {claim.line} that has not "
        "ended. Use another id, or wait for its end.",
        line=str(claim.line),
    )
