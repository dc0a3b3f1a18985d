"""Reads the times of a history faster than the SDK does.

The SDK guesses the format of every time of every event on every turn, which is three quarters of
what a replay costs. The engine writes one format only. What is read is the same moment.
"""

import sys
from datetime import datetime

import azure.durable_functions  # noqa: F401 - loads the module that is changed

EVENTS = "azure.durable_functions.models.history.HistoryEvent"
PARSER = "dt_parse"


def speed_up() -> None:
    """Replace the SDK's parser, for this process. Raises AttributeError if the SDK has none."""
    events = sys.modules[EVENTS]
    getattr(events, PARSER)
    setattr(events, PARSER, datetime.fromisoformat)
