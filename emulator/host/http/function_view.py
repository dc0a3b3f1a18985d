"""The description of a function in the admin API."""

from pathlib import Path
from typing import Any

from emulator.host.app import App
from emulator.host.functions.function import FunctionInfo
from emulator.host.functions.function_json import FILE

SCRIPT = "function_app.py"
LANGUAGE = "python"


def find(app: App, name: str) -> FunctionInfo | None:
    """Return the function of a name, ignoring case."""
    wanted = name.lower()
    return next((f for n, f in app.functions.items() if n.lower() == wanted), None)


def view(app: App, function: FunctionInfo, base: str) -> dict[str, Any]:
    """Return a function's description, with URLs below `base`."""
    name, files = function.name, f"{base}/admin/vfs"
    path, file = app.routes.path_of(function), function.file
    return {
        "name": name,
        "script_root_path_href": f"{files}{file.directory}/" if file else None,
        "script_href": f"{files}{_script(app, function)}",
        "config_href": f"{files}{file.directory}/{FILE}" if file else None,
        "test_data_href": f"{files}{app.package}-data/{name}.dat",
        "href": f"{base}/admin/functions/{name}",
        "invoke_url_template": None if path is None else f"{base}{path.lower()}",
        "language": LANGUAGE,
        "config": file.document if file else _config(app, function),
        "files": None,
        "test_data": "",
        "isDisabled": name in app.disabled,
        "isDirect": False,
        "isProxy": False,
    }


def _script(app: App, function: FunctionInfo) -> Path:
    return (function.file and function.file.script) or app.package / SCRIPT


def _config(app: App, function: FunctionInfo) -> dict[str, Any]:
    return {
        "name": function.name,
        "entryPoint": function.name,
        "scriptFile": SCRIPT,
        "language": LANGUAGE,
        "functionDirectory": str(app.package),
        "bindings": function.bindings,
    }
