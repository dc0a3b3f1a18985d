"""The line that owns an instance id."""

from router.domain.errors import Unreadable
from router.domain.version import LineId
from router.instances.owner import line_id_of
from tests.fakes.router import LINE_ID, PARKED_ID, router_with_parked_start


async def test_line_of_an_id_is_known_unless_the_catalog_is_away() -> None:
    router = await router_with_parked_start()
    assert await line_id_of(router.context, PARKED_ID) == LINE_ID
    assert await line_id_of(router.context, "2-3-" + "0" * 32) == LineId(2, 3)
    assert await line_id_of(router.context, "unknown") is None
    router.catalog.fail("claim", Unreadable(PARKED_ID))
    assert await line_id_of(router.context, PARKED_ID) is None
