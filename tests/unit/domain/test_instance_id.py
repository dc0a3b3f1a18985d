"""Instance ids: what a caller may use, which line an id carries, how a table key holds it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from router.domain.errors import Refusal
from router.domain.instance_id import check, check_function, escape, make, owner_of, unescape
from router.domain.version import LineId

LINE = LineId(1, 0)
OURS = "1-0-" + "0123456789abcdef" * 2
numbers = st.integers(0, 999_999_999)


@given(numbers, numbers, st.uuids())
def test_an_id_of_the_routers_making_carries_its_line(major, minor, unique):
    line = LineId(major, minor)
    made = make(line, unique.hex)
    assert owner_of(made) == line
    assert check(made, line) == made


@pytest.mark.parametrize(
    "other", ["order-7", OURS[:-1], OURS.upper(), "01" + OURS[1:], OURS + "\n"]
)
def test_other_ids_carry_no_line(other):
    assert owner_of(other) is None


@pytest.mark.parametrize("good", ["a", "x" * 100, "order 7", "münchen", "a:b", "a@b", "50%", "^0"])
def test_callers_are_free_in_what_does_no_harm(good):
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
        ("a\ud800", r"contains '\\ud800'"),
    ],
)
def test_a_bad_id_is_refused_with_the_reason_and_the_rule(bad, why):
    with pytest.raises(Refusal) as refused:
        check(bad)
    problem = refused.value.as_problem()
    assert (problem["status"], problem["code"]) == (400, "bad-instance-id")
    assert f"The instance id {why.replace(chr(92) * 2, chr(92))}" in problem["detail"]
    assert "1 to 100 characters" in problem["detail"]


def test_an_id_must_not_pretend_to_be_another_lines():
    with pytest.raises(Refusal, match=r"made for line 1\.0, not 1\.1"):
        check(OURS, LineId(1, 1))
    assert check(OURS) == OURS


@pytest.mark.parametrize("name", ["chain", "a", "Order_Flow-2", "x" * 127])
def test_function_names_are_those_of_azure_functions(name):
    assert check_function(name) == name


@pytest.mark.parametrize("name", ["", "2fast", "a b", "a/b", "a.b", "x" * 128, "é", "a\n"])
def test_other_function_names_are_refused(name):
    with pytest.raises(Refusal) as refused:
        check_function(name)
    assert (refused.value.status, refused.value.code) == (400, "bad-function")


@given(st.text(alphabet=st.sampled_from("ab/\\#?^01234"), max_size=20))
def test_a_table_key_holds_an_id_and_gives_it_back(instance_id):
    key = escape(instance_id)
    assert not set("/\\#?") & set(key)
    assert unescape(key) == instance_id


def test_keys_are_escaped_as_the_engine_does():
    assert escape("with space/and?odd#id") == "with space^0and^3odd^2id"
    assert escape("a\\b^c") == "a^1b^^c"
