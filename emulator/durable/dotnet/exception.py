"""An exception as .NET serializes it: what stands in `Details` of a failure's history event.

Python code sees it in the text of the exception it catches, so it has to look like the real one.
"""

from emulator.durable.dotnet.json_text import compact


def serialized(message: str, stack: str | None = None) -> str:
    """JSON text of a System.Exception with that message."""
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
