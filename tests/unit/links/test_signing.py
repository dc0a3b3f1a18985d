"""A signed link is valid for one instance until it expires."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Refusal
from router.links.signing import Access, check_status_payload, sign, verify

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
LATER = NOON + timedelta(hours=1)
READ = Access.READ


def code_of(
    secrets: list[str],
    instance_id: str,
    query: dict[str, str],
    now: datetime = NOON,
    access: Access = READ,
) -> str:
    with pytest.raises(Refusal) as refused:
        verify(secrets, access, instance_id, query, now)
    assert refused.value.status == 401
    return refused.value.code


@given(st.sampled_from(Access), st.text(min_size=1), st.text(max_size=100))
def test_link_is_valid_until_it_expires(access: Access, secret: str, instance_id: str) -> None:
    query = sign(secret, access, instance_id, LATER)
    just_before = LATER - timedelta(seconds=1)
    assert verify([secret], access, instance_id, query, just_before) == LATER
    assert code_of([secret], instance_id, query, LATER, access) == "link-expired"


def test_link_is_valid_while_its_secret_is_kept() -> None:
    query = sign("old", READ, "a", LATER)
    verify(["new", "old"], READ, "a", query, NOON)
    assert code_of(["new"], "a", query) == "bad-signature"
    assert code_of([], "a", query) == "bad-signature"


@pytest.mark.parametrize("of", Access)
@pytest.mark.parametrize("used_for", Access)
def test_link_is_valid_for_one_class_of_requests(of: Access, used_for: Access) -> None:
    query = sign("secret", of, "a", LATER)
    if of is used_for:
        verify(["secret"], used_for, "a", query, NOON)
    else:
        assert code_of(["secret"], "a", query, access=used_for) == "bad-signature"


VALID = sign("secret", READ, "order-7", LATER)


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
    assert code_of(["secret"], instance_id, {"sig": sig, "se": se}) == "bad-signature"


def test_link_without_parameters_is_invalid() -> None:
    assert code_of(["secret"], "order-7", {}) == "bad-signature"


SIGNED = st.tuples(st.sampled_from(Access), st.text(max_size=5), st.integers(0, 2**33))


@given(SIGNED, SIGNED)
def test_two_links_never_share_a_signature(
    one: tuple[Access, str, int], other: tuple[Access, str, int]
) -> None:
    first, second = (
        sign("s", access, instance_id, datetime.fromtimestamp(expiry, UTC))["sig"]
        for access, instance_id, expiry in (one, other)
    )
    assert (first == second) == (one == other)


def test_payload_has_durables_members_and_the_routers_urls() -> None:
    base = "https://router/api/links/instances/order%207"
    queries = {access: {"sig": f"a-{access}", "se": "12"} for access in Access}
    assert check_status_payload("https://router/api", "order 7", queries) == {
        "id": "order 7",
        "statusQueryGetUri": f"{base}?sig=a-read&se=12",
        "sendEventPostUri": base + "/raiseEvent/{eventName}?sig=a-event&se=12",
        "terminatePostUri": base + "/terminate?reason={text}&sig=a-manage&se=12",
        "rewindPostUri": base + "/rewind?reason={text}&sig=a-manage&se=12",
        "purgeHistoryDeleteUri": f"{base}?sig=a-manage&se=12",
        "restartPostUri": f"{base}/restart?sig=a-manage&se=12",
        "suspendPostUri": base + "/suspend?reason={text}&sig=a-manage&se=12",
        "resumePostUri": base + "/resume?reason={text}&sig=a-manage&se=12",
    }
