"""A signed link opens one instance until its time is over, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Refusal
from router.links.signing import check_status_payload, sign, verify

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def code_of(secrets, instance_id, sig, se, now=NOON):
    with pytest.raises(Refusal) as refused:
        verify(secrets, instance_id, sig, se, now)
    assert refused.value.status == 401
    return refused.value.code


@given(st.text(min_size=1), st.text(max_size=100))
def test_what_was_signed_is_good_until_its_time_is_over(secret, instance_id):
    query = sign(secret, instance_id, LATER)
    verify([secret], instance_id, **query, now=LATER - timedelta(seconds=1))
    assert code_of([secret], instance_id, **query, now=LATER) == "link-expired"


def test_a_link_is_good_while_its_secret_is_kept():
    query = sign("old", "a", LATER)
    verify(["new", "old"], "a", **query, now=NOON)
    assert code_of(["new"], "a", **query) == "bad-signature"
    assert code_of([], "a", **query) == "bad-signature"


GOOD = sign("secret", "order-7", LATER)


@pytest.mark.parametrize(
    ("instance_id", "sig", "se"),
    [
        ("order-8", GOOD["sig"], GOOD["se"]),
        ("order-7", GOOD["sig"], str(int(GOOD["se"]) + 1)),
        ("order-7", GOOD["sig"], "0" + GOOD["se"]),
        ("order-7", GOOD["sig"] + "=", GOOD["se"]),
        ("order-7", "", ""),
        ("order-7", "é\ud800", "never"),
        (f"order-7\n{GOOD['se']}", GOOD["sig"], GOOD["se"]),
        ("\ud800", GOOD["sig"], GOOD["se"]),
    ],
)
def test_whatever_is_changed_in_a_link_spoils_it(instance_id, sig, se):
    assert code_of(["secret"], instance_id, sig, se) == "bad-signature"


@given(st.text(max_size=5), st.text(max_size=5), st.integers(0, 2**33), st.integers(0, 2**33))
def test_two_links_never_share_a_signature(one, other, expiry, other_expiry):
    first = sign("s", one, datetime.fromtimestamp(expiry, UTC))
    second = sign("s", other, datetime.fromtimestamp(other_expiry, UTC))
    assert (first["sig"] == second["sig"]) == ((one, expiry) == (other, other_expiry))


def test_the_payload_is_durables_with_urls_of_the_router():
    base = "https://router/api/links/instances/order%207"
    assert check_status_payload("https://router/api", "order 7", {"sig": "a-b", "se": "12"}) == {
        "id": "order 7",
        "statusQueryGetUri": f"{base}?sig=a-b&se=12",
        "sendEventPostUri": base + "/raiseEvent/{eventName}?sig=a-b&se=12",
        "terminatePostUri": base + "/terminate?reason={text}&sig=a-b&se=12",
        "rewindPostUri": base + "/rewind?reason={text}&sig=a-b&se=12",
        "purgeHistoryDeleteUri": f"{base}?sig=a-b&se=12",
        "restartPostUri": f"{base}/restart?sig=a-b&se=12",
        "suspendPostUri": base + "/suspend?reason={text}&sig=a-b&se=12",
        "resumePostUri": base + "/resume?reason={text}&sig=a-b&se=12",
    }
