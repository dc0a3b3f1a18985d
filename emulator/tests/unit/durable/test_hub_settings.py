"""How long a message is out of sight: what the app was told, because a router relies on it."""

import pytest

from emulator.durable.app.settings import InvalidSettingError, read


def visibility(**provider: str) -> int:
    host_json = {"extensions": {"durableTask": {"storageProvider": provider}}}
    return read({"AzureWebJobsStorage": "storage"}, host_json, "orders").hub.visibility_seconds


def test_the_longer_one_of_the_two_settings_holds_for_both_kinds_of_queue() -> None:
    told = {
        "controlQueueVisibilityTimeout": "00:00:10",
        "workItemQueueVisibilityTimeout": "00:01:05",
    }
    assert visibility(**told) == 65


def test_without_a_setting_it_is_short() -> None:
    assert visibility() == 30


@pytest.mark.parametrize("value", ["10", "00:00:00", "00:61:00", "soon"])
def test_what_is_no_time_is_refused(value: str) -> None:
    with pytest.raises(InvalidSettingError, match="it must be a time such as 00:05:00"):
        visibility(controlQueueVisibilityTimeout=value)
