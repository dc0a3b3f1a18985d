"""Plain objects in the place of the gRPC messages that the runtime library reads and makes.

The library gets its message classes from whoever drives it and never looks at their type. Names
are those of Azure's protocol.
"""

from types import SimpleNamespace
from typing import Any


class Message:
    """A message with the given fields as attributes."""

    def __init__(self, **fields: Any) -> None:
        self.__dict__.update(fields)

    def __getattr__(self, name: str) -> Any:
        """Reject a field that was not given."""
        raise AttributeError(name)


class StatusResult(Message):
    """The result of a request."""

    Failure = 0
    Success = 1


class BindingInfo(Message):
    """The kind of a binding."""

    undefined = 0
    out = 1
    inout = 2


class RpcHttpCookie(Message):
    """A cookie of a response."""

    SameSite = SimpleNamespace(Lax="lax", Strict="strict", ExplicitNone="none", **{"None": None})


class Data(Message):
    """A value given to the library, in the attribute that its kind names."""

    def __init__(self, kind: str, value: Any) -> None:
        super().__init__(kind=kind, **{kind: value})

    def WhichOneof(self, _group: str) -> Any:  # noqa: N802 - as the library calls it
        """Return the kind of the value."""
        return self.kind


class Parameter(Message):
    """A named argument of an invocation."""

    def WhichOneof(self, _group: str) -> str:  # noqa: N802 - as the library calls it
        """Return the only form that arguments have here."""
        return "data"


MESSAGES = SimpleNamespace(
    BindingInfo=BindingInfo,
    RpcHttpCookie=RpcHttpCookie,
    StatusResult=StatusResult,
    **{
        name: type(name, (Message,), {})
        for name in (
            "FunctionLoadResponse",
            "FunctionMetadataResponse",
            "InvocationResponse",
            "NullableBool",
            "NullableDouble",
            "NullableString",
            "NullableTimestamp",
            "ParameterBinding",
            "RpcException",
            "RpcFunctionMetadata",
            "RpcHttp",
            "RpcRetryOptions",
            "Timestamp",
            "TypedData",
            "WorkerInitResponse",
            "WorkerMetadata",
        )
    },
)


def request(name: str, **fields: Any) -> Message:
    """Return a request of this name as the library expects it."""
    inner = Message(**{name: Message(**fields)})
    return Message(request=inner, properties={"protos": MESSAGES})
