"""The timers, queues and blobs of a site, and when a timer is due."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from emulator.arm.scaling.background import Sources, background, sources
from emulator.host.triggers import blob_path, schedule

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
TIMER = {"type": "timerTrigger", "schedule": "%WHEN%"}
QUEUE = {"type": "queueTrigger", "queueName": "In", "connection": "Lines"}
BLOB = {"type": "blobTrigger", "path": "box/{name}"}


def function(name: str, *bindings: Any) -> dict[str, Any]:
    return {"name": name, "config": {"bindings": [*bindings]}}


FUNCTIONS = [
    function("tick", TIMER),
    function("copy", QUEUE, {"type": "queue"}),
    function("seen", BLOB),
    function("route", {"type": "httpTrigger"}),
    {"name": "broken", "config": None},
]


def test_sources_are_what_enabled_triggers_name() -> None:
    settings = {"WHEN": "0 */5 * * * *"}
    found = sources(background(FUNCTIONS), settings)
    assert found == Sources(
        (schedule.parse("0 */5 * * * *"),),
        (("Lines", "in"),),
        (("Storage", blob_path.parse("box/{name}")),),
    )
    names = ("tick", "copy", "seen")
    off = {f"AzureWebJobs.{name}.Disabled": "1" for name in names}
    assert sources(background(FUNCTIONS), {**settings, **off}) == Sources()


def test_trigger_that_cannot_be_read_is_left_out() -> None:
    functions = [FUNCTIONS[0], function("none", {"type": "queueTrigger"})]
    assert sources(background(functions), {}) == Sources()


@pytest.mark.parametrize(("minutes", "due"), [(4, False), (5, True), (60, True)])
def test_timer_is_due_once_its_time_has_come(minutes: int, *, due: bool) -> None:
    found = Sources((schedule.parse("0 */5 * * * *"),))
    assert found.is_due(NOON, NOON + timedelta(minutes=minutes)) is due
    assert not Sources().is_due(NOON, NOON + timedelta(minutes=minutes))
