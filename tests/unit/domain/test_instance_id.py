"""Instance ids: their rules, the line in an id, and its form as a table key."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Refusal
from router.domain.instance_id import check, check_function, escape, make, owner_of, unescape
from router.domain.version import LineId

LINE = LineId(1, 0)
GENERATED = "1-0-" + "0123456789abcdef" * 2
numbers = st.integers(0, 999_999_999)


@given(numbers, numbers, st.uuids())
def test_generated_id_names_its_line(major: int, minor: int, unique: UUID) -> None:
    line = LineId(major, minor)
    made = make(line, unique.hex)
    assert owner_of(made) == line
    assert check(made, line) == made


@pytest.mark.parametrize(
    "other", ["order-7", GENERATED[:-1], GENERATED.upper(), "01" + GENERATED[1:], GENERATED + "\n"]
)
def test_other_id_names_no_line(other: str) -> None:
    assert owner_of(other) is None


@pytest.mark.parametrize(
    "good", ["a", "x" * 100, "order 7", "münchen", "a:b", "a@b", "a.b", "^0", "😀"]
)
def test_caller_may_choose_any_harmless_id(good: str) -> None:
    assert check(good, LINE) == good


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        ("", "is empty"),
        ("x" * 101, "has 101 characters"),
        ("@counter@a", "starts with @"),
        ("a/b", "contains '/'"),
        ("a\\b", r"contains '\\\\'"),
        ("a?b", "contains '?'"),
        ("a#b", "contains '#'"),
        ("a\x00b", r"contains '\\x00'"),
        ("a\x7fb", r"contains '\\x7f'"),
        ("a\nb", r"contains '\\n'"),
        ("a\ud800", "contains U+D800"),
        ("a\ufffe", "contains U+FFFE"),
        ("50%", "contains '%'"),
        ("a%41", "contains '%'"),
        ("a+b", "contains '+'"),
        (".", "is ., which"),
        ("..", "is .., which"),
        (" a", "begins or ends with a blank"),
        ("a ", "begins or ends with a blank"),
        ("a\u3000", "begins or ends with a blank"),
    ],
)
def test_bad_id_is_refused_with_reason_and_rule(bad: str, why: str) -> None:
    with pytest.raises(Refusal) as refused:
        check(bad)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"]) == (400, "bad-instance-id")
    assert f"The instance id {why.replace(chr(92) * 2, chr(92))}" in problem["detail"]
    assert "1 to 100 characters" in problem["detail"]


def test_id_generated_for_another_line_is_refused() -> None:
    with pytest.raises(Refusal, match=r"generated for line 1\.0, not 1\.1"):
        check(GENERATED, LineId(1, 1))
    assert check(GENERATED) == GENERATED


@pytest.mark.parametrize(
    "name", ["chain", "a", "Order_Flow-2", "Order.Flow", "_own", "2fast", "é", "x" * 127]
)
def test_function_name_is_accepted(name: str) -> None:
    assert check_function(name) == name


@pytest.mark.parametrize("name", ["", "a b", "a/b", ".", "..", "x" * 128, "a\n", "a?", "a%2e"])
def test_other_function_name_is_refused(name: str) -> None:
    with pytest.raises(Refusal) as refused:
        check_function(name)
    assert (refused.value.status, refused.value.code) == (400, "bad-function")


@given(st.text(alphabet=st.sampled_from("ab/\\#?^01234"), max_size=20))
def test_table_key_round_trips_an_id(instance_id: str) -> None:
    key = escape(instance_id)
    assert not set("/\\#?") & set(key)
    assert unescape(key) == instance_id


def test_table_key_uses_the_escapes_of_durable() -> None:
    assert escape("with space/and?odd#id") == "with space^0and^3odd^2id"
    assert escape("a\\b^c") == "a^1b^^c"
