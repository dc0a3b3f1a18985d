"""An id that a caller gives belongs to one line at a time."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from router.domain.errors import Refusal
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


def ask(wanted: Claim, held: Claim | None, owner: Owner | None, *, parked: bool = False) -> Claim:
    return decide(wanted, HUBS[wanted.line], KnownId(held, parked, owner), IN_FLIGHT)


def instance(status: str, made: datetime = NOW, line: LineId = HELD.line) -> Owner:
    return Owner(HUBS[line], status, made)


def refused(wanted: Claim, held: Claim | None, owner: Owner | None, *, parked: bool = False) -> str:
    with pytest.raises(Refusal) as taken:
        ask(wanted, held, owner, parked=parked)
    same = held is not None and held.line == wanted.line
    code = "instance-exists" if parked and same else "id-taken"
    assert (taken.value.status, taken.value.code) == (409, code)
    return taken.value.detail


def test_an_id_that_nobody_has_is_free():
    assert ask(SAME, None, None) == SAME


@pytest.mark.parametrize("owner", [None, instance("Running"), instance("Completed")])
def test_the_line_that_holds_an_id_goes_on_with_it_under_a_new_etag(owner):
    assert ask(SAME, HELD, owner) == replace(SAME, etag="etag")


@pytest.mark.parametrize("owner", [None, instance("Completed")])
def test_an_id_whose_start_is_parked_is_not_started_beside_it(owner):
    """Either would be taken for the other."""
    assert "exists and has not ended" in refused(SAME, HELD, owner, parked=True)


MOVED = replace(OTHER, free_from=NOW + IN_FLIGHT, etag="etag")


@pytest.mark.parametrize("status", sorted(ENDED))
def test_an_id_whose_instance_has_ended_moves_under_its_etag_and_is_kept_free_for_a_while(status):
    assert ask(OTHER, HELD, instance(status)) == MOVED
    assert not is_free(MOVED, NOW)
    assert is_free(MOVED, NOW + IN_FLIGHT)
    assert is_free(OTHER, NOW)


def test_so_is_one_that_nobody_has_claimed_and_another_lines_instance_had():
    assert ask(OTHER, None, instance("Completed")) == replace(MOVED, etag="")
    assert ask(OTHER, None, instance("Completed", line=OTHER.line)) == OTHER


def test_a_start_that_is_sent_again_waits_no_shorter():
    assert ask(replace(OTHER, at=NOW + IN_FLIGHT / 2), MOVED, instance("Completed")) == replace(
        MOVED, at=NOW + IN_FLIGHT / 2
    )


@pytest.mark.parametrize("status", UNFINISHED)
def test_an_id_in_use_is_refused_with_the_line_that_has_it(status):
    detail = refused(OTHER, HELD, instance(status))
    assert "'order-7' belongs to an instance of line 1.0" in detail


@pytest.mark.parametrize("owner", [None, instance("Completed", EARLIER)])
def test_an_id_whose_start_is_under_way_is_refused_until_nothing_can_come_of_it(owner):
    refused(OTHER, HELD, owner)
    long_ago = replace(HELD, at=NOW - IN_FLIGHT)
    refused(OTHER, long_ago, owner)
    given_up = replace(HELD, at=NOW - IN_FLIGHT - timedelta(microseconds=1))
    assert ask(OTHER, given_up, owner) == MOVED


def test_an_id_whose_start_is_parked_is_refused_however_long_it_waits():
    refused(OTHER, replace(HELD, at=EARLIER), None, parked=True)


@pytest.mark.parametrize("status", UNFINISHED)
@pytest.mark.parametrize("held", [None, replace(HELD, line=LineId(1, 1))])
def test_an_unfinished_instance_that_another_line_made_by_itself_is_left_alone(status, held):
    assert "belongs to an instance of another line" in refused(OTHER, held, instance(status))


def test_what_is_claimed_remembers_what_was_there_before():
    wanted = replace(OTHER, before=NOW)
    assert ask(wanted, HELD, instance("Completed")).before == NOW


@pytest.mark.parametrize(
    ("age", "parked", "owner", "void"),
    [
        (IN_FLIGHT * 2, False, None, True),
        (IN_FLIGHT, False, None, False),  # a start may be under way
        (IN_FLIGHT * 2, True, None, False),
        (IN_FLIGHT * 2, False, instance("Running"), False),
        (IN_FLIGHT * 2, False, instance("Completed"), False),
        (IN_FLIGHT * 2, False, instance("Running", line=LineId(1, 1)), True),  # its own row tells
    ],
)
def test_a_claim_that_holds_nothing_any_more_is_void(age, parked, owner, void):
    claim = replace(HELD, at=NOW - age)
    assert is_stale(KnownId(claim, parked, owner), LINE, NOW, IN_FLIGHT) is void
    assert not is_stale(KnownId(None, parked, owner), LINE, NOW, IN_FLIGHT)


def test_a_claim_that_has_gone_to_another_line_is_that_lines_to_drop():
    claim = replace(HELD, line=LineId(1, 1), at=NOW - IN_FLIGHT * 2)
    assert not is_stale(KnownId(claim, False, None), LINE, NOW, IN_FLIGHT)


def test_the_claim_of_a_parked_start_is_renewed_and_remembers_what_was_there_before_it():
    assert renewed(HELD, SAME) == replace(HELD, at=NOW)


def test_a_parked_start_whose_claim_was_lost_claims_its_id_again():
    assert renewed(None, SAME) == SAME


def test_a_parked_start_does_not_take_its_id_back_from_another_line():
    with pytest.raises(Refusal, match=r"'order-7' belongs to an instance of line 1\.0") as taken:
        renewed(HELD, OTHER)
    assert (taken.value.status, taken.value.code) == (409, "id-taken")


def test_what_has_ended_may_be_followed_except_under_an_id_of_the_routers_own():
    ended, ours = instance("Completed"), "1-0-" + "0" * 32
    assert may_replace(ended, "order-7")
    assert not may_replace(instance("Running"), "order-7")
    assert not may_replace(ended, ours)
