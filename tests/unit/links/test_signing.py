"""A signed link is valid for one instance until it expires."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Refusal
from router.links.signing import check_status_payload, sign, verify

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)


def code_of(secrets: list[str], instance_id: str, sig: str, se: str, now: datetime = NOON) -> str:
    with pytest.raises(Refusal) as refused:
        verify(secrets, instance_id, sig, se, now)
    assert refused.value.status == 401
    return refused.value.code


@given(st.text(min_size=1), st.text(max_size=100))
def test_link_is_valid_until_it_expires(secret: str, instance_id: str) -> None:
    query = sign(secret, instance_id, LATER)
    verify([secret], instance_id, **query, now=LATER - timedelta(seconds=1))
    assert code_of([secret], instance_id, **query, now=LATER) == "link-expired"


def test_link_is_valid_while_its_secret_is_kept() -> None:
    query = sign("old", "a", LATER)
    verify(["new", "old"], "a", **query, now=NOON)
    assert code_of(["new"], "a", **query, now=NOON) == "bad-signature"
    assert code_of([], "a", **query, now=NOON) == "bad-signature"


VALID = sign("secret", "order-7", LATER)


@pytest.mark.parametrize(
    ("instance_id", "sig", "se"),
    [
        ("order-8", VALID["sig"], VALID["se"]),
        ("order-7", VALID["sig"], str(int(VALID["se"]) + 1)),
        ("order-7", VALID["sig"], "0" + VALID["se"]),
        ("order-7", VALID["sig"] + "=", VALID["se"]),
        ("order-7", "", ""),
        ("order-7", "é\ud800", "never"),
        (f"order-7\n{VALID['se']}", VALID["sig"], VALID["se"]),
        ("\ud800", VALID["sig"], VALID["se"]),
    ],
)
def test_changed_link_is_invalid(instance_id: str, sig: str, se: str) -> None:
    assert code_of(["secret"], instance_id, sig, se) == "bad-signature"


@given(st.text(max_size=5), st.text(max_size=5), st.integers(0, 2**33), st.integers(0, 2**33))
def test_two_links_never_share_a_signature(
    one: str, other: str, expiry: int, other_expiry: int
) -> None:
    first = sign("s", one, datetime.fromtimestamp(expiry, UTC))
    second = sign("s", other, datetime.fromtimestamp(other_expiry, UTC))
    assert (first["sig"] == second["sig"]) == ((one, expiry) == (other, other_expiry))


def test_payload_has_durables_members_and_the_routers_urls() -> None:
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
