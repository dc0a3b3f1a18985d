"""The faster reading of times gives what the SDK's own gives."""

import sys
from collections.abc import Iterator

import pytest
from dateutil.parser import parse

from emulator.durable import sdk_timestamps
from emulator.engine.model import timestamps


@pytest.fixture
def parser() -> Iterator[object]:
    """The SDK's parser once it has been replaced; put back at the end."""
    events = sys.modules[sdk_timestamps.EVENTS]
    own = getattr(events, sdk_timestamps.PARSER)
    sdk_timestamps.install_fast_parser()
    yield getattr(events, sdk_timestamps.PARSER)
    setattr(events, sdk_timestamps.PARSER, own)


@pytest.mark.parametrize("text", [timestamps.now(), "2026-11-22T05:52:57.2285553Z"])
def test_the_moment_and_its_text_are_the_same(parser: object, text: str) -> None:
    assert callable(parser)
    assert parser(text) == parse(text)
    assert str(parser(text)) == str(parse(text))
