"""An id that a caller chose belongs to one line at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.domain.errors import Refusal, Unavailable
from router.domain.instance_id import make
from router.domain.instance_status import ENDED
from router.domain.line_states import LineState
from router.domain.model import Claim, Line, Owner
from router.domain.version import LineId
from router.starts.claim_rules import KnownId, decide, is_free, is_stale, may_replace, renewed

NOW = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
EARLIER = NOW - timedelta(hours=1)
IN_FLIGHT = timedelta(seconds=50)
HELD = Claim("order-7", LineId(1, 0), NOW - timedelta(seconds=1), EARLIER, etag="etag")
SAME, OTHER = Claim("order-7", LineId(1, 0), NOW), Claim("order-7", LineId(1, 1), NOW)
HUBS = {LineId(1, 0): "Orders1x0", LineId(1, 1): "Orders1x1"}
LINE = Line(LineId(1, 0), LineState.RETIRED, NOW, "app", "plan", "Orders1x0")
UNFINISHED = ("Pending", "Running", "Suspended", "ContinuedAsNew")


def decided(
    wanted: Claim, held: Claim | None, owner: Owner | None, *, parked: bool = False
) -> Claim:
    parked_for = HELD.line if parked else None
    return decide(wanted, HUBS[wanted.line], KnownId(held, parked_for, owner), IN_FLIGHT)


def instance(status: str, created_at: datetime = NOW, line: LineId = HELD.line) -> Owner:
    return Owner(HUBS[line], status, created_at)


def refused(wanted: Claim, held: Claim | None, owner: Owner | None, *, parked: bool = False) -> str:
    with pytest.raises(Refusal) as refusal:
        decided(wanted, held, owner, parked=parked)
    same = held is not None and held.line == wanted.line
    code = "instance-exists" if parked and same else "id-taken"
    assert (refusal.value.status, refusal.value.code) == (409, code)
    return refusal.value.detail


def test_unused_id_is_free() -> None:
    assert decided(SAME, None, None) == SAME


@pytest.mark.parametrize("owner", [None, instance("Running"), instance("Completed")])
def test_line_claims_its_own_id_again(owner: Owner | None) -> None:
    assert decided(SAME, HELD, owner) == replace(SAME, etag="etag")


@pytest.mark.parametrize("owner", [None, instance("Completed", EARLIER), instance("Running")])
def test_id_of_a_parked_start_is_refused(owner: Owner | None) -> None:
    """Each of the two starts would be taken for the other."""
    assert "exists and has not ended" in refused(SAME, HELD, owner, parked=True)


def test_parked_start_that_lost_its_id_passes() -> None:
    """Another line took the id over, so the start that is parked will be cancelled."""
    with pytest.raises(Unavailable) as refusal:
        decided(OTHER, replace(HELD, line=OTHER.line), None, parked=True)
    assert (refusal.value.code, refusal.value.fields["line"]) == ("instance-parked", "1.0")


@pytest.mark.parametrize("wanted", [SAME, OTHER])
@pytest.mark.parametrize("status", sorted(ENDED))
def test_id_is_on_its_way_until_its_arrival_is_recorded(wanted: Claim, status: str) -> None:
    """Its instance has ended, but the orchestration that parked the start still runs."""
    with pytest.raises(Unavailable, match=r"is on its way to its line\. Retry") as refusal:
        decided(wanted, HELD, instance(status), parked=True)
    assert (refusal.value.status, refusal.value.code) == (503, "instance-parked")
    assert refusal.value.fields["line"] == "1.0"


def test_generated_id_is_refused_before_its_arrival_is_recorded() -> None:
    """It is never used twice, so a retry could not succeed."""
    name = make(LineId(1, 0), "0" * 32)
    with pytest.raises(Refusal, match="was already started") as refusal:
        decided(
            replace(SAME, instance_id=name),
            replace(HELD, instance_id=name),
            instance("Completed"),
            parked=True,
        )
    assert (refusal.value.status, refusal.value.code) == (409, "instance-exists")


MOVED = replace(OTHER, free_from=NOW + IN_FLIGHT, etag="etag")


@pytest.mark.parametrize("status", sorted(ENDED))
def test_id_of_an_ended_instance_moves_and_is_free_later(status: str) -> None:
    assert decided(OTHER, HELD, instance(status)) == MOVED
    assert not is_free(MOVED, NOW)
    assert is_free(MOVED, NOW + IN_FLIGHT)
    assert is_free(OTHER, NOW)


def test_unclaimed_id_of_another_lines_instance_is_free_later() -> None:
    assert decided(OTHER, None, instance("Completed")) == replace(MOVED, etag="")
    assert decided(OTHER, None, instance("Completed", line=OTHER.line)) == OTHER


def test_retry_keeps_the_time_from_which_the_id_is_free() -> None:
    assert decided(replace(OTHER, at=NOW + IN_FLIGHT / 2), MOVED, instance("Completed")) == replace(
        MOVED, at=NOW + IN_FLIGHT / 2
    )


@pytest.mark.parametrize("status", UNFINISHED)
def test_id_in_use_is_refused_with_its_line(status: str) -> None:
    detail = refused(OTHER, HELD, instance(status))
    assert "'order-7' belongs to an instance of line 1.0" in detail


@pytest.mark.parametrize("owner", [None, instance("Completed", EARLIER)])
def test_id_is_refused_while_its_start_may_arrive(owner: Owner | None) -> None:
    refused(OTHER, HELD, owner)
    long_ago = replace(HELD, at=NOW - IN_FLIGHT)
    refused(OTHER, long_ago, owner)
    expired = replace(HELD, at=NOW - IN_FLIGHT - timedelta(microseconds=1))
    assert decided(OTHER, expired, owner) == MOVED


def test_id_of_a_long_parked_start_is_refused_to_another_line() -> None:
    refused(OTHER, replace(HELD, at=EARLIER), None, parked=True)


@pytest.mark.parametrize("status", UNFINISHED)
@pytest.mark.parametrize("held", [None, replace(HELD, line=LineId(1, 1))])
def test_unclaimed_instance_of_another_line_is_refused(status: str, held: Claim | None) -> None:
    assert "belongs to an instance of another line" in refused(OTHER, held, instance(status))


def test_claim_records_the_instance_that_existed_before() -> None:
    wanted = replace(OTHER, before=NOW)
    assert decided(wanted, HELD, instance("Completed")).before == NOW


@pytest.mark.parametrize(
    ("age", "parked", "owner", "stale"),
    [
        (IN_FLIGHT * 2, False, None, True),
        (IN_FLIGHT, False, None, False),  # a start may be under way
        (IN_FLIGHT * 2, True, None, False),
        (IN_FLIGHT * 2, False, instance("Running"), False),
        (IN_FLIGHT * 2, False, instance("Completed"), False),
        (IN_FLIGHT * 2, False, instance("Running", line=LineId(1, 1)), True),  # its row protects it
    ],
)
def test_claim_without_instance_or_start_is_stale(
    age: timedelta, parked: bool, owner: Owner | None, stale: bool
) -> None:
    claim = replace(HELD, at=NOW - age)
    parked_for = HELD.line if parked else None
    assert is_stale(KnownId(claim, parked_for, owner), LINE, NOW, IN_FLIGHT) is stale
    assert not is_stale(KnownId(None, parked_for, owner), LINE, NOW, IN_FLIGHT)


def test_claim_of_another_line_is_not_stale() -> None:
    claim = replace(HELD, line=LineId(1, 1), at=NOW - IN_FLIGHT * 2)
    assert not is_stale(KnownId(claim, None, None), LINE, NOW, IN_FLIGHT)


def test_renewed_claim_records_the_instance_that_existed_before() -> None:
    assert renewed(HELD, SAME) == replace(HELD, at=NOW)


def test_lost_claim_is_renewed() -> None:
    assert renewed(None, SAME) == SAME


def test_claim_of_another_line_is_not_renewed() -> None:
    with pytest.raises(Refusal, match=r"'order-7' belongs to an instance of line 1\.0") as refusal:
        renewed(HELD, OTHER)
    assert (refusal.value.status, refusal.value.code) == (409, "id-taken")


def test_ended_instance_is_replaced_unless_its_id_is_generated() -> None:
    ended = instance("Completed")
    assert may_replace(ended, "order-7")
    assert not may_replace(instance("Running"), "order-7")
    assert not may_replace(ended, make(LineId(1, 0), "0" * 32))
