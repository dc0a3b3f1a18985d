"""Small apps for the tests: packages made from a few lines, one per version."""

import io
import json
import zipfile

_APP = '''
import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
VERSION = "{version}"


@app.activity_trigger(input_name="value")
def echo(value):
    return value


@app.orchestration_trigger(context_name="context")
def tell(context):
    """Its input, as it came, and the version that ran."""
    value = yield context.call_activity("echo", [context.get_input()])
    return {{"version": VERSION, "value": value[0], "type": type(value[0]).__name__}}


@app.orchestration_trigger(context_name="context")
def wait(context):
    value = yield context.wait_for_external_event("go")
    return {{"version": VERSION, "value": value}}
'''
_HOST = json.dumps({"version": "2.0", "extensions": {"durableTask": {"hubName": "Ignored"}}})


def package(version: str, *, extra: str = "", code: str | None = None) -> bytes:
    """The zip of an app of this version; `extra` is put behind its code, `code` instead of it."""
    source = _APP.format(version=version) + extra if code is None else code
    return zipped({"host.json": _HOST, "function_app.py": source, "requirements.txt": ""})


def zipped(files: dict[str, str]) -> bytes:
    """A zip of these files."""
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in files.items():
            archive.writestr(zipfile.ZipInfo(name), text)  # the same bytes every time
    return made.getvalue()
