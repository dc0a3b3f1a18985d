"""A lost catalog is rebuilt from what Azure and the packages record, and from nothing else."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from semver import Version

from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import Line, OperationKind, Release, Resource
from router.domain.version import LineId
from router.recovery.rules import left_over, rebuilt

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
V = Version.parse
ITS_HUB = HubSettings(2, 90.0, "account/Lines")
ONE_0, ONE_1, TWO = LineId(1, 0), LineId(1, 1), LineId(2, 0)
RELEASES = [Release(V(each), "ab", 1, NOON) for each in ("1.0.0", "1.0.1", "1.1.0", "2.0.0")]


States = dict[str, tuple[str, str | None]]


def blank(line: LineId) -> Line:
    name = f"app-{line.dashed}"
    return Line(line, LineState.REGISTERED, NOON, name, f"{name}-plan", f"Hub{line.major}")


def app(line: LineId, release: str | None, name: str = "an-app") -> Resource:
    return Resource(name, line, True, "ItsHub", V(release) if release else None, ITS_HUB)


def states(*resources: Resource, known: tuple[Line, ...] = (), auto_drain: bool = True) -> States:
    lines = rebuilt(resources, RELEASES, known, blank, auto_drain=auto_drain)
    return {
        str(line.id): (str(line.state), str(line.release) if line.release else None)
        for line in lines
    }


def test_line_with_an_app_on_a_known_release_is_repaired() -> None:
    """It keeps its names, as every step reads what exists and does what is missing."""
    plan = Resource("a-plan", ONE_0, False)
    line = rebuilt([app(ONE_0, "1.0.1"), plan], RELEASES[:2], (), blank, auto_drain=True)[0]
    number = int(NOON.timestamp()) + 1
    assert line == replace(
        blank(ONE_0),
        state=LineState.ACTIVE,
        release=V("1.0.1"),
        function_app="an-app",
        plan="a-plan",
        task_hub="ItsHub",
        hub=ITS_HUB,
        operation=f"repair-1-0-{number}",
        operation_kind=OperationKind.REPAIR,
        operations=number,
    )


@pytest.mark.parametrize("release", [None, "1.0.9"])
def test_line_with_an_app_on_an_unknown_release_is_registered(release: str | None) -> None:
    """Its next start brings it up."""
    assert states(app(ONE_0, release))["1.0"] == ("registered", None)


def test_lower_lines_drain_unless_auto_drain_is_off() -> None:
    found = states(app(ONE_0, "1.0.1"), app(ONE_1, "1.1.0"))
    assert found == {
        "1.0": ("draining", "1.0.1"),
        "1.1": ("active", "1.1.0"),
        "2.0": ("registered", None),
    }
    assert states(app(ONE_0, "1.0.1"), app(ONE_1, "1.1.0"), auto_drain=False)["1.0"][0] == "active"


def test_known_lines_are_not_rebuilt() -> None:
    known = (replace(blank(ONE_0), state=LineState.RETIRED), blank(ONE_1))
    assert states(app(ONE_0, "1.0.1"), known=known) == {"2.0": ("registered", None)}


def test_line_below_a_known_active_one_drains() -> None:
    known = (replace(blank(TWO), state=LineState.ACTIVE),)
    assert states(app(ONE_1, "1.1.0"), known=known)["1.1"][0] == "draining"


LONG_AGO = NOON + timedelta(hours=1)
PLAN = Resource("app-1-0-plan", ONE_0, False)


@pytest.mark.parametrize(
    ("line", "is_left"),
    [
        (replace(blank(ONE_0), state=LineState.RETIRED), True),
        (replace(blank(ONE_0), state=LineState.RETIRED, since=LONG_AGO), False),
        (replace(blank(ONE_0), state=LineState.RETIRED, operation="provision-1-0-2"), False),
        (replace(blank(ONE_0), state=LineState.ACTIVE), False),
        (replace(blank(ONE_0), state=LineState.ACTIVE, plan="another"), True),
        (replace(blank(ONE_0), state=LineState.FAILED), False),
        (blank(ONE_1), False),
    ],
)
def test_resource_that_its_line_no_longer_uses_is_left_over(line: Line, is_left: bool) -> None:
    assert left_over([PLAN], [line], LONG_AGO - timedelta(minutes=1)) == [PLAN] * is_left
