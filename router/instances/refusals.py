"""The errors for a change to an instance that its app or the router does not make."""

from router.apps.forwarding import function_disabled
from router.domain.errors import Refusal, Unavailable
from router.domain.model import Line
from router.domain.version import LineId
from router.ports import Answer


def of_app(answer: Answer, instance_id: str, verb: str) -> Refusal | Unavailable:
    """Return the error for the caller whose verb the app refused."""
    if verb == "restart" and (disabled := function_disabled(answer)) is not None:
        return disabled
    match answer.status, verb:
        case (404, _) | (400, "restart"):
            return unknown(instance_id)
        case 410, _:
            return ended(instance_id)
        case 409, _:
            return Refusal(409, "instance-exists", f"Instance {instance_id!r} is already running.")
        case (412, _) | (500, "suspend" | "resume"):  # Durable's answer when nothing would change
            status = 412 if answer.status == 412 else 409
            detail = f"Instance {instance_id!r} is not in a status that allows this."
            return Refusal(status, "wrong-status", detail)
        case 400, _:
            detail = "The app refused the request. An event's body must be JSON."
            return Refusal(400, "bad-request", detail)
    detail = f"The app of {instance_id!r} answered {answer.status}. Retry shortly."
    return Unavailable("upstream-unavailable", detail, status=502)


def unknown(instance_id: str) -> Refusal:
    """Return the 404 for an id without an instance."""
    detail = f"There is no instance {instance_id!r}. It was never started, or it was purged."
    return Refusal(404, "unknown-instance", detail)


def ended(instance_id: str) -> Refusal:
    """Return the 410 for an instance that has ended."""
    return Refusal(410, "instance-ended", f"Instance {instance_id!r} has ended.")


def line_not_up(instance_id: str, line: Line) -> Refusal:
    """Return the 409 for bringing back an instance whose line has no app at the moment."""
    return Refusal(
        409,
        "line-not-up",
        f"Instance {instance_id!r} has ended, and line {line.id} is {line.state}: it has no app "
        f"that could bring it back. Send POST /api/lines/{line.id}/revive, wait until the line is "
        "active, and send this request again.",
        line=str(line.id),
    )


def taken(instance_id: str, line: LineId) -> Refusal:
    """Return the 409 for bringing back an instance whose id has passed to another line."""
    return Refusal(
        409,
        "id-taken",
        f"The id {instance_id!r} was claimed for line {line} after its instance had ended on "
        "another line, and only that line's code could continue it. Start a new instance.",
        line=str(line),
    )
