"""Every value of the catalog survives being a row, and is found under its key."""

import string
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from semver import Version

from router.azure.storage.catalog_rows import (
    Key,
    event_key,
    events_partition,
    from_row,
    key_of,
    to_row,
)
from router.domain.hub_settings import HubSettings
from router.domain.line_states import LineState
from router.domain.model import (
    Blocker,
    BlockerKind,
    Claim,
    Drain,
    Line,
    LineEvent,
    Operation,
    OperationKind,
    Progress,
    Release,
    Step,
    Verdict,
)
from router.domain.stored_text import unknown_in
from router.domain.version import LineId

NOON = datetime(2026, 11, 22, 12, 0, 0, 123456, tzinfo=UTC)
LINE = Line(
    id=LineId(1, 0),
    state=LineState.DRAINING,
    since=NOON,
    function_app="orders-1-0-ab12",
    plan="orders-1-0-ab12",
    task_hub="Orders1x0",
    release=Version.parse("1.0.1"),
    drain=Drain(Verdict.BUSY, NOON, (Blocker(BlockerKind.MESSAGE, "a message waits"),)),
)

times = st.datetimes(timezones=st.just(UTC))
texts = st.text(max_size=40)
numbers = st.integers(0, 999_999_999)
versions = st.builds(Version, numbers, numbers, numbers, st.sampled_from([None, "rc.1", "0a-b"]))
lines = st.builds(LineId, numbers, numbers)
hubs = st.builds(HubSettings, numbers, st.floats(0, 1e6), texts)
values = st.one_of(
    st.builds(Release, versions, texts, numbers, times, st.booleans()),
    st.builds(
        Line,
        id=lines,
        state=st.sampled_from(LineState),
        since=times,
        function_app=texts,
        plan=texts,
        task_hub=texts,
        hub=st.none() | hubs,
        release=st.none() | versions,
        deploying=st.none() | versions,
        operation=st.none() | texts,
        operations=numbers,
        host_name=st.none() | texts,
        last_start_at=st.none() | times,
        error=st.none() | texts,
        failed_releases=st.lists(versions).map(tuple),
        etag=texts,
        drain=st.none()
        | st.builds(
            Drain,
            st.sampled_from(Verdict),
            times,
            st.lists(
                st.builds(
                    Blocker,
                    st.sampled_from(BlockerKind),
                    texts,
                    st.none() | texts,
                    created_at=st.none() | times,
                )
            ).map(tuple),
            st.none() | times,
            st.none() | times,
        ),
    ),
    st.builds(
        Operation,
        id=texts,
        kind=st.sampled_from(OperationKind),
        line=lines,
        release=st.none() | versions,
        begun_at=times,
        state=st.sampled_from(Progress),
        error=st.none() | texts,
        etag=texts,
        steps=st.lists(
            st.builds(Step, texts, st.sampled_from(Progress), st.none() | times, st.none() | times)
        ).map(tuple),
    ),
    st.builds(Claim, texts, lines, times, st.none() | times, st.none() | times, texts),
    st.builds(LineEvent, times, texts),
)


@given(values)
def test_value_survives_being_a_row(value: Any) -> None:
    assert from_row(type(value), to_row(value), getattr(value, "etag", "")) == value


@given(values)
def test_row_has_only_types_that_a_table_can_hold(
    value: Release | Line | Operation | Claim | LineEvent,
) -> None:
    assert all(isinstance(column, str | int) for column in to_row(value).values())


def test_line_is_one_flat_readable_row() -> None:
    assert to_row(LINE) == {
        "id": "1.0",
        "state": "draining",
        "since": "2026-11-22T12:00:00.123456+00:00",
        "function_app": "orders-1-0-ab12",
        "plan": "orders-1-0-ab12",
        "task_hub": "Orders1x0",
        "release": "1.0.1",
        "operations": 0,
        "functions": "[]",
        "background": "[]",
        "disabled": "[]",
        "failed_releases": "[]",
        "needs_repair": False,
        "closed": False,
        "drain": '{"verdict":"busy","checked_at":"2026-11-22T12:00:00.123456+00:00",'
        '"blockers":[{"kind":"message","detail":"a message waits"}]}',
    }


def test_times_are_stored_in_utc() -> None:
    there = NOON.astimezone(timezone(timedelta(hours=2)))
    assert to_row(LineEvent(there, "x"))["at"] == "2026-11-22T12:00:00.123456+00:00"


def test_columns_of_a_newer_router_are_ignored() -> None:
    row = {**to_row(LINE), "PartitionKey": "line", "colour": "blue"}
    assert from_row(Line, row) == LINE


def test_texts_of_a_newer_router_can_be_read_and_written() -> None:
    drain = '{"verdict":"half","checked_at":"2026-11-22T12:00:00+00:00","blockers":[{"kind":"a"}]}'
    drain = drain.replace('"a"', '"storm","detail":"it rains","since":"May"')
    row = {**to_row(LINE), "state": "paused", "operation_kind": "pause", "drain": drain}
    line = from_row(Line, row)
    assert unknown_in(line) == ("paused", "pause", "half", "storm")
    assert to_row(line)["state"] == "paused"
    steps = '[{"name":"pause_app","state":"skipped"}]'
    operation = to_row(Operation("pause-1-0-3", OperationKind.RETIRE, LINE.id, None, NOON))
    read = from_row(Operation, {**operation, "kind": "pause", "state": "held", "steps": steps})
    assert unknown_in(read) == ("pause", "held", "skipped")


def test_row_without_a_required_column_is_refused() -> None:
    with pytest.raises(KeyError, match="not the row of a Claim"):
        from_row(Claim, {"line": "1.0"})


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (LINE, Key("line", "1.0")),
        (Release(Version.parse("1.0.0-rc.1"), "ab", 1, NOON), Key("release", "1.0.0-rc.1")),
        (
            Operation("retire-1-0-3", OperationKind.RETIRE, LineId(1, 0), None, NOON),
            Key("operation", "retire-1-0-3"),
        ),
        (Claim("order#7", LineId(1, 0), NOON), Key("claim", "order^27")),
    ],
)
def test_each_kind_has_a_partition_and_its_id_as_row_key(
    value: Release | Operation | Claim | Line, key: Key
) -> None:
    assert key_of(value) == key


@given(times, times)
def test_events_of_a_line_sort_newest_first(one: datetime, other: datetime) -> None:
    older, newer = sorted([one, other])
    keys = [event_key(LineId(1, 0), LineEvent(at, "x"), "u") for at in (newer, older)]
    assert keys == sorted(keys)
    assert (keys[0] == keys[1]) == (one == other)
    assert {key.partition for key in keys} == {events_partition(LineId(1, 0))} == {"event:1.0"}
    assert set(keys[0].row) <= set(string.digits + "-u")


def test_simultaneous_events_have_different_keys() -> None:
    event = LineEvent(NOON, "x")
    assert event_key(LineId(1, 0), event, "a") != event_key(LineId(1, 0), event, "b")
