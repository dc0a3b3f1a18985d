"""The JSON bodies of the API for releases, lines and operations.

Members may be added, and existing ones keep their names and meaning. Keys and host names of apps
are not shown.
"""

from collections.abc import Iterable
from datetime import datetime
from enum import StrEnum
from typing import Any

from router.domain.failures import Failures
from router.domain.hub_settings import HubSettings, prefix_of
from router.domain.model import (
    Blocker,
    Drain,
    Line,
    LineEvent,
    Operation,
    Release,
    Step,
    TeardownReport,
    Verdict,
)
from router.domain.timestamps import rfc3339
from router.lines import stopped

Json = dict[str, Any]


class ReleaseState(StrEnum):
    """The state of a release on its line."""

    REGISTERED = "registered"  # not deployed
    DEPLOYING = "deploying"
    DEPLOYED = "deployed"
    SUPERSEDED = "superseded"  # a newer one is deployed and serves its requests
    FAILED = "failed"  # did not come up


def release_state(shown: Release, on: Line | None) -> ReleaseState:
    """Return the release's state by its line's row, which is None if there is none yet."""
    if on is None:
        return ReleaseState.REGISTERED
    if shown.version == on.deploying:
        return ReleaseState.DEPLOYING
    if shown.version in on.failed_releases:
        return ReleaseState.FAILED
    if on.release is None or not on.state.serves:
        return ReleaseState.REGISTERED
    if shown.version == on.release:
        return ReleaseState.DEPLOYED
    return ReleaseState.SUPERSEDED if shown.version < on.release else ReleaseState.REGISTERED


def release(shown: Release, on: Line | None) -> Json:
    """Return a release. `on`: its line."""
    return {
        "version": str(shown.version),
        "line": str(shown.line),
        "sha256": shown.sha256,
        "size": shown.size,
        "state": str(release_state(shown, on)),
        "registeredAt": rfc3339(shown.registered_at),
        "warnings": list(shown.warnings),
    }


def line(shown: Line, events: Iterable[LineEvent], kept: str | None = None) -> Json:
    """Return a line with its blockers and events.

    `events`: newest first. `kept`: why the line is kept although its work is done.
    """
    return {
        "line": str(shown.id),
        "state": str(shown.state),
        "since": rfc3339(shown.since),
        "release": _text(shown.release),
        "deploying": _text(shown.deploying),
        "functionApp": shown.function_app,
        "taskHub": shown.task_hub,
        "hub": _hub(shown.hub),
        "lastStartAt": _time(shown.last_start_at),
        "operation": shown.operation,
        "error": shown.error or _stopped(shown),
        "failures": _failures(shown.failures),
        "closed": shown.closed,
        "disabledFunctions": list(shown.disabled),
        "waitingForCapacity": shown.waiting_for_capacity,
        "kept": kept,
        "drain": drain(shown.drain),
        "teardownReport": _report(shown.teardown_report),
        "events": [{"at": rfc3339(event.at), "what": event.what} for event in events],
    }


def _stopped(shown: Line) -> str | None:
    return None if shown.app_stopped_at is None else stopped.advice(shown.function_app)


def operation(shown: Operation) -> Json:
    """Return an operation with its steps."""
    return {
        "id": shown.id,
        "kind": str(shown.kind),
        "line": str(shown.line),
        "release": _text(shown.release),
        "state": str(shown.state),
        "begunAt": rfc3339(shown.begun_at),
        "steps": [_step(step) for step in shown.steps],
        "error": shown.error,
        "failedInstances": shown.failed_instances,
    }


def drain(shown: Drain | None) -> Json:
    """Return the judgement of a line's work, which is unknown until the first check."""
    if shown is None:
        return {"verdict": str(Verdict.UNKNOWN), "checkedAt": None, "why": []}
    return {
        "verdict": str(shown.verdict),
        "checkedAt": rfc3339(shown.checked_at),
        "why": [_blocker(each) for each in shown.blockers],
    }


def _hub(shown: HubSettings | None) -> Json | None:
    """Return the hub's settings that may differ from the router's."""
    if shown is None:
        return None
    return {
        "partitionCount": shown.partitions,
        "visibilitySeconds": shown.visibility,
        "trackingPrefix": prefix_of(shown.store),
    }


def _failures(shown: Failures | None) -> Json | None:
    if shown is None:
        return None
    return {"kind": shown.kind, "count": shown.count, "lastAt": rfc3339(shown.at)}


def _report(shown: TeardownReport | None) -> Json | None:
    if shown is None:
        return None
    return {
        "at": rfc3339(shown.at),
        "absent": list(shown.absent),
        "remains": list(shown.remains),
        "until": _time(shown.until),
        "purgedAt": _time(shown.purged_at),
    }


def _blocker(blocker: Blocker) -> Json:
    return {
        "kind": str(blocker.kind),
        "instanceId": blocker.instance_id,
        "name": blocker.name,
        "runtimeStatus": blocker.runtime_status,
        "createdAt": _time(blocker.created_at),
        "detail": blocker.detail,
    }


def _step(step: Step) -> Json:
    return {
        "name": step.name,
        "state": str(step.state),
        "startedAt": _time(step.started_at),
        "endedAt": _time(step.ended_at),
        "detail": step.detail,
    }


def _text(value: object) -> str | None:
    return None if value is None else str(value)


def _time(at: datetime | None) -> str | None:
    return None if at is None else rfc3339(at)
