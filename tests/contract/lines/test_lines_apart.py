"""Two lines of an app that names things itself, with the settings that the router gives them.

With tables of their own they do not meet. With shared ones they do, which is why it is documented.
"""

from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import pytest_asyncio

from harness.azurite import running_azurite
from harness.function_host import FunctionHost
from harness.waiting import until
from router.apps import spec
from router.domain.version import LineId
from router.settings import Settings
from tests.fakes.router import SETTINGS

APP = Path(__file__).parent / "app"
CHILD = "nightly"
pytestmark = pytest.mark.timeout(180)


@dataclass(frozen=True, slots=True)
class TwoLines:
    """The apps of lines 1.0 and 1.1, and whether their tables are their own."""

    old: FunctionHost
    new: FunctionHost
    are_apart: bool


@pytest_asyncio.fixture(params=["per-line", "shared"])
async def lines(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[TwoLines]:
    async with running_azurite(tmp_path / "azurite") as azurite:
        account, tracking = azurite.account(), azurite.account()
        own = {"ROUTER_LINE_STORAGE": account, "ROUTER_TRACKING_STORAGE": tracking}
        settings = Settings.from_environ(SETTINGS | own | {"ROUTER_TRACKING": request.param})
        hosts: list[FunctionHost] = []
        try:
            for minor in range(2):
                line = spec.new_line(settings, LineId(1, minor), datetime.now(UTC))
                host = FunctionHost(line.function_app, account, tmp_path / f"{minor}.log")
                hosts.append(host)
                await host.start(APP, **spec.app_spec(line, settings).settings)
            yield TwoLines(hosts[0], hosts[1], request.param == "per-line")
        finally:
            for host in hosts:
                await host.stop()


async def test_what_an_app_names_itself_is_its_lines_own(lines: TwoLines) -> None:
    assert await counted(lines) == ([1, 1] if lines.are_apart else [1, 2])
    assert await first_parent(lines) == ("Completed" if lines.are_apart else "Running")
    assert await left_by_a_purge(lines) == ("Completed" if lines.are_apart else None)


async def counted(lines: TwoLines) -> list[int]:
    """Return what each line's app gets when both add 1 to the entity of one key."""
    totals = []
    for host in (lines.old, lines.new):
        await host.begin("count", f"count-{host.site}")
        totals.append((await host.end(f"count-{host.site}"))["output"])
    return totals


async def first_parent(lines: TwoLines) -> str:
    """Return the status of the old line's parent after both lines have had a child of one id."""
    for host in (lines.old, lines.new):
        name = f"parent-{host.site}"
        await host.begin("parent", name)
        await until(
            lambda host=host: host.status(CHILD),  # type: ignore[misc]
            lambda child, name=name: child.get("parentInstanceId") == name,  # type: ignore[misc]
        )
        await host.until(CHILD, "Running")
    await lines.new.raise_event(CHILD, "go", "new")
    assert (await lines.new.end(f"parent-{lines.new.site}"))["output"] == "new"
    path = f"/instances/{CHILD}/raiseEvent/go"
    if (await lines.old.ask("POST", path, '"old"'))[0] == 202:
        await lines.old.end(f"parent-{lines.old.site}")
    status: str = (await lines.old.status(f"parent-{lines.old.site}"))["runtimeStatus"]
    return status


async def left_by_a_purge(lines: TwoLines) -> str | None:
    """Return the status of the new line's instance after the old line's app has purged by time."""
    await lines.old.begin("clean", "clean")
    assert (await lines.old.end("clean"))["output"] > 0
    return (await lines.new.status(f"parent-{lines.new.site}")).get("runtimeStatus")
