"""Exceptions as .NET serializes them in the `Details` of a failure event.

Python code sees this text in the exceptions it catches, so it must match the real one.
"""

from emulator.durable.dotnet.json_text import compact


def serialize_exception(message: str, stack: str | None = None) -> str:
    """Return the JSON text of a System.Exception with the given message."""
    return compact(
        {
            "$type": "System.Exception, System.Private.CoreLib",
            "ClassName": "System.Exception",
            "Message": message,
            "Data": None,
            "InnerException": None,
            "HelpURL": None,
            "StackTraceString": stack,
            "RemoteStackTraceString": None,
            "RemoteStackIndex": 0,
            "ExceptionMethod": None,
            "HResult": -2146233088,
            "Source": None,
            "WatsonBuckets": None,
        }
    )
