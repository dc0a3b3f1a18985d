"""Views for operators are complete, and show no host name of an app."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from semver import Version

from router.domain.failures import Failures
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import (
    Blocker,
    BlockerKind,
    Drain,
    Line,
    LineEvent,
    Operation,
    OperationKind,
    Progress,
    Release,
    Step,
    TeardownReport,
    Verdict,
)
from router.domain.version import LineId
from router.http import views

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(seconds=1)
V = Version.parse
RELEASE = Release(V("1.0.1"), "ab12", 2_048, NOON)
LINE = Line(LineId(1, 0), LineState.REGISTERED, NOON, "orders-1-0-ab", "orders-1-0-ab-plan", "Hub")
EVENTS = [LineEvent(LATER, "draining"), LineEvent(NOON, "active")]
HUB = HubSettings(4, 300.0, "account/Lines")
ACTIVE = replace(LINE, state=LineState.ACTIVE, host_name="secret.local", hub=HUB, etag="e")


def test_release_view_has_its_package_and_state() -> None:
    assert views.release(RELEASE, LINE) == {
        "version": "1.0.1",
        "line": "1.0",
        "sha256": "ab12",
        "size": 2048,
        "state": "registered",
        "warnings": [],
        "registeredAt": "2026-11-22T12:00:00Z",
    }


@pytest.mark.parametrize(
    ("line", "state"),
    [
        (None, "registered"),
        (LINE, "registered"),
        (replace(LINE, state=LineState.PROVISIONING, deploying=V("1.0.1")), "deploying"),
        (replace(ACTIVE, release=V("1.0.0")), "registered"),
        (replace(ACTIVE, release=V("1.0.0"), deploying=V("1.0.1")), "deploying"),
        (replace(ACTIVE, release=V("1.0.0"), failed_releases=(V("1.0.1"),)), "failed"),
        (replace(ACTIVE, release=V("1.0.1")), "deployed"),
        (replace(ACTIVE, release=V("1.0.1"), state=LineState.DRAINING), "deployed"),
        (replace(ACTIVE, release=V("1.0.2")), "superseded"),
        (replace(ACTIVE, release=V("1.0.1"), state=LineState.RETIRED), "registered"),
    ],
)
def test_state_of_a_release_follows_from_its_line(line: Line | None, state: str) -> None:
    assert views.release(RELEASE, line)["state"] == state


def test_view_of_a_new_line_has_every_member() -> None:
    assert views.line(LINE, []) == {
        "line": "1.0",
        "state": "registered",
        "since": "2026-11-22T12:00:00Z",
        "release": None,
        "deploying": None,
        "functionApp": "orders-1-0-ab",
        "taskHub": "Hub",
        "hub": None,
        "lastStartAt": None,
        "operation": None,
        "error": None,
        "failures": None,
        "closed": False,
        "disabledFunctions": [],
        "waitingForCapacity": None,
        "kept": None,
        "drain": {"verdict": "unknown", "checkedAt": None, "why": []},
        "teardownReport": None,
        "events": [],
    }


def test_draining_line_lists_its_blockers() -> None:
    waiting = Blocker(
        BlockerKind.INSTANCE, "order order-7 is Running", "order-7", "order", "Running", NOON
    )
    message = Blocker(BlockerKind.MESSAGE, "an event waits", name="hub-control-00")
    line = replace(ACTIVE, drain=Drain(Verdict.BUSY, LATER, (waiting, message)))
    assert views.line(line, [])["drain"] == {
        "verdict": "busy",
        "checkedAt": "2026-11-22T12:00:01Z",
        "why": [
            {
                "kind": "instance",
                "instanceId": "order-7",
                "name": "order",
                "runtimeStatus": "Running",
                "createdAt": "2026-11-22T12:00:00Z",
                "detail": "order order-7 is Running",
            },
            {
                "kind": "message",
                "instanceId": None,
                "name": "hub-control-00",
                "runtimeStatus": None,
                "createdAt": None,
                "detail": "an event waits",
            },
        ],
    }


CHANGING = replace(
    ACTIVE,
    state=LineState.DRAINING,
    release=V("1.0.1"),
    deploying=V("1.0.2"),
    operation="patch-1-0-2",
    last_start_at=NOON,
    failures=Failures("repair", 3, LATER, "no", NOON),
    closed=True,
    waiting_for_capacity="no quota",
    teardown_report=TeardownReport(NOON, ("app",), ("rows",), LATER),
)


def test_line_view_has_its_operation_and_its_events() -> None:
    assert views.line(CHANGING, EVENTS, "it is the last") == {
        "line": "1.0",
        "state": "draining",
        "since": "2026-11-22T12:00:00Z",
        "release": "1.0.1",
        "deploying": "1.0.2",
        "functionApp": "orders-1-0-ab",
        "taskHub": "Hub",
        "hub": {"partitionCount": 4, "visibilitySeconds": 300.0, "trackingPrefix": "Lines"},
        "lastStartAt": "2026-11-22T12:00:00Z",
        "operation": "patch-1-0-2",
        "error": None,
        "failures": {"kind": "repair", "count": 3, "lastAt": "2026-11-22T12:00:01Z"},
        "closed": True,
        "disabledFunctions": [],
        "waitingForCapacity": "no quota",
        "kept": "it is the last",
        "drain": {"verdict": "unknown", "checkedAt": None, "why": []},
        "teardownReport": {
            "at": "2026-11-22T12:00:00Z",
            "absent": ["app"],
            "remains": ["rows"],
            "until": "2026-11-22T12:00:01Z",
            "purgedAt": None,
        },
        "events": [
            {"at": "2026-11-22T12:00:01Z", "what": "draining"},
            {"at": "2026-11-22T12:00:00Z", "what": "active"},
        ],
    }


def test_line_view_hides_the_host_name() -> None:
    assert "secret.local" not in str(views.line(ACTIVE, []))


def test_operation_view_lists_its_steps() -> None:
    operation = Operation(
        "retire-1-0-3",
        OperationKind.RETIRE,
        LineId(1, 0),
        None,
        NOON,
        Progress.FAILED,
        (Step("fence", Progress.SUCCEEDED, NOON, LATER, "no work is left"), Step("delete_plan")),
        "Azure refused",
    )
    assert views.operation(operation) == {
        "id": "retire-1-0-3",
        "kind": "retire",
        "line": "1.0",
        "release": None,
        "state": "failed",
        "begunAt": "2026-11-22T12:00:00Z",
        "steps": [
            {
                "name": "fence",
                "state": "succeeded",
                "startedAt": "2026-11-22T12:00:00Z",
                "endedAt": "2026-11-22T12:00:01Z",
                "detail": "no work is left",
            },
            {
                "name": "delete_plan",
                "state": "pending",
                "startedAt": None,
                "endedAt": None,
                "detail": None,
            },
        ],
        "error": "Azure refused",
        "failedInstances": None,
    }
