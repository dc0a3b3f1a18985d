"""Small apps: packages made from a few lines of code, one per version."""

import json

from samples.pack import zip_of

_APP = '''
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
VERSION = "{version}"


@app.activity_trigger(input_name="value")
def identity(value):
    return value


@app.orchestration_trigger(context_name="context")
def echo(context):
    """Return the input as it arrived, and the version that ran."""
    value = yield context.call_activity("identity", [context.get_input()])
    return {{"version": VERSION, "value": value[0], "type": type(value[0]).__name__}}


@app.orchestration_trigger(context_name="context")
def wait(context):
    value = yield context.wait_for_external_event("go")
    return {{"version": VERSION, "value": value}}
'''
HOST = json.dumps(
    {
        "version": "2.0",
        "extensionBundle": {
            "id": "Microsoft.Azure.Functions.ExtensionBundle",
            "version": "[4.*, 5.0.0)",
        },
        "extensions": {"durableTask": {"hubName": "Ignored"}},
    }
)


def package(version: str, *, extra: str = "", code: str | None = None) -> bytes:
    """Return the zip of an app of this version.

    `extra` is appended to its code, `code` replaces it.
    """
    source = _APP.format(version=version) + extra if code is None else code
    files = {"host.json": HOST, "function_app.py": source}
    return zipped(files | {"requirements.txt": "azure-functions-durable\n"})


def zipped(files: dict[str, str]) -> bytes:
    """Return a zip of these files, always with the same bytes."""
    return zip_of({name: text.encode() for name, text in files.items()})
