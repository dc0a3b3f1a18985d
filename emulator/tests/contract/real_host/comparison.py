"""The comparison of an answer with the recorded one."""

import json
import re
from typing import Any

from emulator.tests.contract.real_host.entries import PATTERNS, Expected, pattern
from emulator.tests.contract.real_host.wire import Exchange, Received

SHOWN = 200


def difference(expected: tuple[Expected, ...], actual: Exchange) -> str | None:
    """Return what differs first, or None if nothing does."""
    last = expected[-1]
    if last.status is None and not last.headers:
        return f"status {actual.answers[0].status} instead of none" if actual.answers else None
    if len(actual.answers) < len(expected):
        return f"{len(actual.answers)} answers instead of {len(expected)}"
    for want, got in zip(expected, actual.answers, strict=True):
        if text := _difference(want, got):
            return text
    if last.closed is not None and last.closed is not actual.closed:
        return f"closed is {actual.closed}"
    return None


def _difference(want: Expected, got: Received) -> str | None:
    if want.status != got.status:
        return f"status {got.status} instead of {want.status}: {got.body[:SHOWN]!r}"
    wanted = {name.lower(): value for name, value in want.headers.items()}
    headers = {name.lower(): "\n".join(got.headers.getall(name)) for name in got.headers}
    if "date" not in wanted:
        headers.pop("date", None)
    if unlike := sorted(headers.keys() ^ wanted.keys()):
        return f"headers {unlike}"
    for name, value in wanted.items():
        if not re.fullmatch(pattern(value), headers[name]):
            return f"{name}: {headers[name]!r} instead of {value!r}"
    body = got.body.decode("latin-1" if want.latin else "utf-8", "replace")
    if re.fullmatch(pattern(want.body), body) or _same_json(want.body, body):
        return None
    return f"body {body[:SHOWN]!r} instead of {want.body[:SHOWN]!r}"


def _same_json(want: str, got: str) -> bool:
    try:
        return _same(json.loads(want), json.loads(got))
    except ValueError:
        return False


def _same(want: Any, got: Any) -> bool:
    match want, got:
        case dict(), dict():
            return want.keys() == got.keys() and all(_same(want[name], got[name]) for name in want)
        case list(), list():
            return len(want) == len(got) and all(map(_same, want, got))
        case str(), str():
            return re.fullmatch(pattern(want), got) is not None
        case str(), _:  # a placeholder may stand for a number
            return pattern(want) in PATTERNS.values() and bool(
                re.fullmatch(pattern(want), str(got))
            )
    return type(want) is type(got) and bool(want == got)
