"""A parked start keeps all that is needed to forward it, and can be read after an upgrade."""

from datetime import UTC, datetime

from router.apps.forwarding import Start
from router.domain.version import LineId, RequestedVersion
from router.starts.parked_start import ParkedStart, input_of
from tests.fakes.router import InMemoryRouter

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
TRACE = {"traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"}
PARKED = ParkedStart(
    Start("order", "order-17", "", NOON, given=True, trace=TRACE),
    RequestedVersion(LineId(1, 0)),
    "1.0/order-17/1",
)


def test_parked_start_is_read_as_it_was_written() -> None:
    assert ParkedStart.from_dict(PARKED.as_dict()) == PARKED


def test_start_parked_by_an_older_router_has_no_trace() -> None:
    written = PARKED.as_dict()
    del written["trace"]
    assert ParkedStart.from_dict(written).start.trace == {}


async def test_start_parked_by_an_older_router_has_its_input_within() -> None:
    written = PARKED.as_dict() | {"value": "1"}
    del written["input"]
    found = ParkedStart.from_dict(written)
    assert await input_of(InMemoryRouter().context, found) == "1"
