"""Options of queues in host.json."""

from typing import Any

import pytest

from emulator.host.bindings.queue_options import QueueOptions, queue_options


def options(**queues: Any) -> QueueOptions:
    return queue_options({"extensions": {"queues": queues}})


def test_defaults_are_those_of_the_real_host() -> None:
    assert queue_options({}) == QueueOptions()


def test_options_are_read() -> None:
    found = options(
        batchSize=4,
        maxDequeueCount="2",
        visibilityTimeout="00:00:30",
        maxPollingInterval="00:00:02",
        messageEncoding="None",
    )
    assert found == QueueOptions(4, 2, 2, 30, 2, base64=False)


def test_unreadable_options_have_their_defaults() -> None:
    assert options(batchSize="many", visibilityTimeout="soon") == QueueOptions()
    assert options(batchSize=100).batch_size == 32


def test_messages_are_read_as_written() -> None:
    content = "ü".encode()
    assert QueueOptions().written(content) == "w7w="
    for each in (QueueOptions(), QueueOptions(base64=False)):
        assert each.read(each.written(content)) == content
    with pytest.raises(ValueError, match="base64"):
        QueueOptions().read("no base64!")
