"""The monitors of a lost catalog's lines do not all rebuild it."""

from router.domain.version import LineId
from router.lines import monitor
from tests.fakes.router import InMemoryRouter


async def test_one_monitor_rebuilds_a_lost_catalog_for_all() -> None:
    router = InMemoryRouter(monotonic=lambda: 1.0)
    ticks = [await monitor.tick(router.context, LineId(1, minor)) for minor in range(20)]
    assert ticks == [False, *[True] * 19]
    assert len(router.azure.calls("resources")) == 1
