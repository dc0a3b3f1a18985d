"""The fast timestamp parser gives the same results as that of the SDK."""

import sys
from collections.abc import Iterator

import azure.durable_functions  # noqa: F401 - loads the module that is changed
import pytest
from dateutil.parser import parse

from emulator.engine.model import timestamps
from emulator.worker import sdk_timestamps


@pytest.fixture
def parser() -> Iterator[object]:
    """Install the fast parser in the SDK and restore the original one afterwards."""
    events = sys.modules[sdk_timestamps.EVENTS]
    original = getattr(events, sdk_timestamps.PARSER)
    sdk_timestamps.install_fast_parser()
    yield getattr(events, sdk_timestamps.PARSER)
    setattr(events, sdk_timestamps.PARSER, original)


@pytest.mark.parametrize("text", [timestamps.now(), "2026-11-22T05:52:57.2285553Z"])
def test_parsed_time_and_its_text_are_the_same(parser: object, text: str) -> None:
    assert callable(parser)
    assert parser(text) == parse(text)
    assert str(parser(text)) == str(parse(text))
