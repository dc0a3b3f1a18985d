"""Functions are sorted by trigger: those of Durable, of HTTP, and what runs of its own accord."""

import pytest

from router.domain.app_health import AppFunction, background_names, is_background


@pytest.mark.parametrize("trigger", ["timerTrigger", "queueTrigger", "blobTrigger", "ownTRIGGER"])
def test_other_triggers_run_of_their_own_accord(trigger: str) -> None:
    assert is_background(trigger)


@pytest.mark.parametrize(
    "binding",
    [
        *("httpTrigger", "HTTPTrigger", "orchestrationTrigger", "activityTrigger"),
        *("entityTrigger", "http", "queue", "durableClient", "blob"),
    ],
)
def test_requests_durable_and_other_bindings_do_not(binding: str) -> None:
    assert not is_background(binding)


def test_names_are_sorted() -> None:
    functions = AppFunction("tick", background=True), AppFunction("up"), AppFunction("a", "entity")
    poll = AppFunction("poll", background=True)
    assert background_names((*functions, poll)) == ("poll", "tick")
