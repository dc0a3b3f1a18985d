"""Each line keeps the tables that its hub was made with, and an id is found in whichever it is."""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from router.apps import spec, stores
from router.apps.stores import Stores
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import Line, Owner, TeardownReport
from router.domain.version import LineId
from router.lines import actions, monitor
from router.settings import Settings
from tests.fakes.router import LINE_ID, NOON, SETTINGS, InMemoryRouter
from tests.fakes.tracking import InMemoryTracking

PER_LINE, SHARED = (
    Settings.from_environ(SETTINGS | {"ROUTER_TRACKING": mode}) for mode in ("per-line", "shared")
)
EARLIER = NOON - timedelta(hours=1)


def line(minor: int = 0, store: str | None = None) -> Line:
    made = None if store is None else HubSettings(4, 60.0, store)
    return replace(spec.new_line(PER_LINE, LineId(1, minor), NOON), hub=made)


def retired(purged_at: datetime | None = None, store: str | None = None) -> Line:
    report = TeardownReport(NOON, (), (), purged_at=purged_at, store=store)
    return replace(line(), state=LineState.RETIRED, teardown_report=report)


def test_new_hub_has_tables_of_its_own_or_those_of_all_lines() -> None:
    assert stores.store_of(line(), PER_LINE) == "/Orders1x0"
    assert stores.store_of(line(1), PER_LINE) == "/Orders1x1"
    assert stores.store_of(line(), SHARED) == "/OrdersLines"


@pytest.mark.parametrize("settings", [PER_LINE, SHARED])
def test_line_keeps_its_tables_until_its_rows_are_purged(settings: Settings) -> None:
    assert stores.store_of(line(0, "/Orders1x0"), settings) == "/Orders1x0"
    assert stores.store_of(line(0, "/Lines"), settings) == "/Lines"
    assert stores.store_of(retired(store="/Orders1x0"), settings) == "/Orders1x0"
    assert stores.store_of(retired(store="/Lines"), settings) == "/Lines"
    after = stores.store_of(retired(NOON, "/Lines"), settings)
    assert after == stores.store_of(line(), settings)


def test_line_retired_before_the_setting_is_in_shared_tables() -> None:
    assert stores.store_of(retired(), PER_LINE) == "/Lines"


def test_own_tables_are_named_after_the_lines_hub() -> None:
    assert stores.has_own(line(0, "/Orders1x0"), SHARED)
    assert not stores.has_own(line(0, "/Lines"), PER_LINE)
    assert not stores.has_own(line(0, "/Orders1x1"), PER_LINE)


@pytest.mark.parametrize(
    ("account", "store"),
    [
        ("orders17", "orders17/OrdersLines"),
        (
            "DefaultEndpointsProtocol=https;AccountName=orders17;AccountKey=k=",
            "orders17/OrdersLines",
        ),
        (
            "TableEndpoint=https://orders17.table.core.windows.net/;SharedAccessSignature=sv=1",
            "orders17/OrdersLines",
        ),
        ("UseDevelopmentStorage=true", "/OrdersLines"),
    ],
)
def test_a_store_is_the_same_however_its_account_is_opened(account: str, store: str) -> None:
    settings = Settings.from_environ(
        SETTINGS | {"ROUTER_TRACKING": "shared", "ROUTER_TRACKING_STORAGE": account}
    )
    assert stores.store_of(line(), settings) == store


async def test_revived_line_goes_on_with_its_tables() -> None:
    router = InMemoryRouter(ROUTER_TRACKING="shared")
    await router.provision()
    await actions.drain(router.context, LINE_ID)
    for seconds in (39, 6):
        router.azure.pass_time(seconds)
        await monitor.tick(router.context, LINE_ID)
    gone = await router.finish_operations()
    assert gone.state is LineState.RETIRED
    assert gone.teardown_report is not None
    assert gone.teardown_report.store == "/OrdersLines"
    router.restart(ROUTER_TRACKING="per-line")
    await actions.revive(router.context, LINE_ID)
    assert (await router.finish_operations()).hub == HubSettings(4, 60.0, "/OrdersLines")


async def test_app_writes_to_the_tables_that_the_router_reads() -> None:
    for settings, prefix in ((PER_LINE, "Orders1x0"), (SHARED, "OrdersLines")):
        made = spec.app_spec(line(), settings).settings
        durable = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
        assert made[f"{durable}trackingStoreNamePrefix"] == prefix


def running(hub: str, at: datetime = NOON) -> Owner:
    return Owner(hub, "Running", at)


def ended(hub: str, at: datetime = NOON) -> Owner:
    return Owner(hub, "Completed", at)


@pytest.mark.parametrize(
    ("rows", "expected"),
    [
        ([{}, {}], None),
        ([{"x": ended("A")}, {}], "A"),
        ([{}, {"x": ended("B")}], "B"),
        ([{"x": running("A", EARLIER)}, {"x": ended("B")}], "A"),
        ([{"x": ended("A", EARLIER)}, {"x": ended("B")}], "B"),
        ([{"x": running("A")}, {"x": running("B", EARLIER)}], "A"),
    ],
)
async def test_unfinished_instance_comes_first_then_the_newest(
    rows: list[dict[str, Owner]], expected: str | None
) -> None:
    tables = {"Orders1x0": InMemoryTracking(rows[0]), "Orders1x1": InMemoryTracking(rows[1])}
    found = await Stores(pytest.fail, tables.__getitem__, PER_LINE).find([line(0), line(1)], "x")
    assert (found.owner.task_hub if found else None) == expected


async def test_each_store_is_read_once_and_no_purged_one() -> None:
    tables = {"Lines": InMemoryTracking({}), "Orders1x0": InMemoryTracking({})}
    lines = [line(minor, "/Lines") for minor in range(1, 4)] + [retired(NOON)]
    assert await Stores(pytest.fail, tables.__getitem__, PER_LINE).find(lines, "x") is None
    assert [table.reads for table in tables.values()] == [1, 0]
