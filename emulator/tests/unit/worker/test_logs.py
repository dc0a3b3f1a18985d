"""The format of the log and the redaction of keys."""

import logging
import sys

import pytest

from emulator.worker.logs import ReadableFormatter, redacted


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("GET /x?code=abc-_= ok", "GET /x?code=*** ok"),
        ("/x?a=1&code=abc&b=2", "/x?a=1&code=***&b=2"),
        ("'http://h/x?sig=a%2Bb'", "'http://h/x?sig=***'"),
        ("x-functions-key: abc", "x-functions-key: ***"),
        ("{'X-Functions-Key': 'abc'}", "{'X-Functions-Key': '***'}"),
        ("exit code: 3, code=4", "exit code: 3, code=4"),
    ],
)
def test_keys_and_signatures_are_redacted(text: str, shown: str) -> None:
    assert redacted(text) == shown


def record(name: str, message: str) -> logging.LogRecord:
    made = logging.LogRecord(name, logging.WARNING, __file__, 1, message, (), None)
    made.created = 1_800_000_000.25
    return made


def test_line_has_time_level_category_and_message() -> None:
    line = ReadableFormatter().format(record("Host.Startup", "it runs"))
    assert line == "2027-01-15T08:00:00.250Z warning  Host.Startup it runs"


def test_log_line_of_a_function_has_its_name() -> None:
    line = ReadableFormatter(lambda: "orders").format(record("root", "sold"))
    assert line.endswith("Function.orders.User sold")


def test_traceback_follows_its_line() -> None:
    made = record("x", "failed")
    try:
        int("?code=abc")
    except ValueError:
        made.exc_info = sys.exc_info()
    lines = ReadableFormatter().format(made).splitlines()
    assert lines[1] == "Traceback (most recent call last):"
    assert lines[-1] == "ValueError: invalid literal for int() with base 10: '?code=***'"
