"""Messages that a queue receives."""

from typing import Any

from emulator.engine.storage.queue import HubQueue
from emulator.engine.storage.rest_client import StorageResponse

MESSAGE = (
    "<QueueMessage><MessageId>{0}</MessageId><PopReceipt>p</PopReceipt>"
    "<DequeueCount>1</DequeueCount><MessageText>{0}</MessageText></QueueMessage>"
)


class Storage:
    """Answers every call with two messages, one of which no XML parser takes."""

    async def call(self, *_: Any, **__: Any) -> StorageResponse:
        text = MESSAGE.format("bad\ufffe") + MESSAGE.format("good")
        return StorageResponse({}, f"<QueueMessagesList>{text}</QueueMessagesList>".encode())


async def test_message_that_is_no_xml_does_not_hide_the_others() -> None:
    queue = HubQueue(Storage(), "q", 30)  # type: ignore[arg-type]
    assert [message.text for message in await queue.receive()] == ["bad\ufffd", "good"]
