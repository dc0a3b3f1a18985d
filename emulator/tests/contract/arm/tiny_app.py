"""The package of a tiny function app."""

import io
import zipfile


def app_package(release: str, **files: str) -> bytes:
    """A tiny function app that says which release it is, and the process id of its host."""
    code = f"""
import os
import azure.functions as func

app = func.FunctionApp()

@app.route(route="release", auth_level=func.AuthLevel.ANONYMOUS)
def release(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("{release} " + os.environ.get("GREETING", ""))

@app.route(route="pid", auth_level=func.AuthLevel.ANONYMOUS)
def pid(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse(str(os.getppid()))
"""
    content = {"host.json": '{"version": "2.0"}', "function_app.py": code, **files}
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, text in content.items():
            archive.writestr(name, text)
    return buffer.getvalue()
