"""An id that a caller gives belongs to one line at a time."""

import pytest

from router.core.claims import decide
from router.core.errors import Refusal
from router.core.model import Claim
from router.core.version import LineId

CLAIM = Claim("order-7", LineId(1, 0), "etag")


@pytest.mark.parametrize("status", [None, "Running", "Completed"])
def test_the_line_that_holds_an_id_goes_on_with_it(status):
    assert decide(CLAIM, LineId(1, 0), status) == CLAIM


@pytest.mark.parametrize("status", ["Completed", "Failed", "Terminated", "Canceled"])
def test_an_id_whose_instance_has_ended_moves_under_its_etag(status):
    assert decide(CLAIM, LineId(1, 1), status) == Claim("order-7", LineId(1, 1), "etag")


@pytest.mark.parametrize("status", [None, "Pending", "Running", "Suspended", "ContinuedAsNew"])
def test_an_id_in_use_is_refused_with_the_line_that_has_it(status):
    with pytest.raises(Refusal) as taken:
        decide(CLAIM, LineId(1, 1), status)
    problem = taken.value.as_problem()
    assert (problem["status"], problem["code"], problem["line"]) == (409, "id-taken", "1.0")
    assert "'order-7' belongs to an instance of line 1.0" in problem["detail"]
