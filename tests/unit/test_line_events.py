"""A state that lasts is recorded once, also beside another one."""

from datetime import timedelta

from router.line_events import record_once
from tests.fakes.catalog import InMemoryCatalog
from tests.fakes.router import LINE_ID, NOON


async def test_states_that_last_are_recorded_once_a_day() -> None:
    catalog, now = InMemoryCatalog(), NOON
    for _ in range(3):
        for what in ("app is left over", "plan is left over"):
            now += timedelta(minutes=1)
            await record_once(catalog, lambda: now, LINE_ID, what)  # noqa: B023
    assert [each.what for each in await catalog.events(LINE_ID)] == [
        "plan is left over",
        "app is left over",
    ]
    now += timedelta(days=1)
    await record_once(catalog, lambda: now, LINE_ID, "app is left over")
    assert len(await catalog.events(LINE_ID)) == 3
