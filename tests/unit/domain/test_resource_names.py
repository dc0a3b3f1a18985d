"""Names follow from the app and the line, keep Azure's rules, and do not collide."""

import re

from hypothesis import assume, example, given
from hypothesis import strategies as st

from router.domain import resource_names
from router.domain.version import LineId

apps = st.from_regex(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", fullmatch=True).filter(
    lambda app: 3 <= len(app) <= 24
)
lines = st.builds(LineId, st.integers(0, 999_999_999), st.integers(0, 999_999_999))
LINE = LineId(1, 0)


def test_names_are_readable() -> None:
    assert resource_names.function_app("orders", LINE, "group") == "orders-1-0-ljpp"
    assert resource_names.plan("orders", LINE, "group") == "orders-1-0-ljpp-plan"
    assert resource_names.task_hub("orders", LINE) == "Orders1x0"


@given(apps, lines)
def test_names_keep_the_rules_of_azure(app: str, line: LineId) -> None:
    site = resource_names.function_app(app, line)
    assert re.fullmatch(r"[a-z]([a-z0-9-]{0,30}[a-z0-9])?", site)
    assert "--" not in site
    assert len(resource_names.plan(app, line)) <= 40
    assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,44}", resource_names.task_hub(app, line))


@given(apps, lines, apps, lines)
@example("abc", LineId(11, 0), "abc1", LineId(1, 0))
@example("abc1", LineId(1, 0), "abc", LineId(11, 0))
@example("ab-c", LINE, "abc", LINE)
@example("abc1x", LineId(1, 0), "abc", LineId(1, 1))
@example("a" * 24, LINE, "a" * 23, LINE)
@example("a-" + "b" * 22, LINE, "a-" + "b" * 21, LINE)
def test_task_hubs_of_two_lines_differ_without_case(
    app: str, line: LineId, other: str, other_line: LineId
) -> None:
    assume((app, line) != (other, other_line))
    assert (
        resource_names.task_hub(app, line).lower()
        != resource_names.task_hub(other, other_line).lower()
    )


@given(apps, apps)
@example("a-b", "ab")
@example("ab-c", "a-bc")
@example("abcatalog", "ab")
def test_two_apps_share_no_catalog_and_no_tables(app: str, other: str) -> None:
    assume(app != other)
    for named in (resource_names.catalog_table, resource_names.shared_tables):
        assert re.fullmatch(r"[A-Za-z][A-Za-z0-9]{2,44}", named(app))
        assert named(app).lower() != named(other).lower()


def test_catalog_of_a_plain_name_is_named_after_it_alone() -> None:
    assert resource_names.catalog_table("orders") == "orderscatalog"


@given(apps, lines, lines)
def test_function_apps_of_two_lines_differ(app: str, line: LineId, other: LineId) -> None:
    assume(line != other)
    assert resource_names.function_app(app, line) != resource_names.function_app(app, other)


def test_long_names_differ_in_their_suffix() -> None:
    one, other = "payments-reconciliation", "payments-reconciliationx"
    assert resource_names.function_app(one, LINE) != resource_names.function_app(other, LINE)


def test_function_app_name_depends_on_its_scope() -> None:
    """Host names are global, so the subscription and the resource group keep routers apart."""
    scopes = [("A", "group"), ("a", "Group"), ("b", "group"), ("a", "other")]
    names = [
        resource_names.function_app("orders", LINE, resource_names.scope_of(*scope))
        for scope in scopes
    ]
    assert names[0] == names[1]
    assert len(set(names)) == 3
