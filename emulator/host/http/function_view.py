"""The description of a function in the admin API."""

from typing import Any

from emulator.host.app import App
from emulator.host.functions.function import FunctionInfo

SCRIPT = "function_app.py"
LANGUAGE = "python"


def find(app: App, name: str) -> FunctionInfo | None:
    """Return the function of a name, ignoring case."""
    wanted = name.lower()
    return next((f for n, f in app.functions.items() if n.lower() == wanted), None)


def view(app: App, function: FunctionInfo, base: str) -> dict[str, Any]:
    """Return a function's description, with URLs below `base`."""
    name, files = function.name, f"{base}/admin/vfs{app.package}"
    path = app.routes.path_of(function)
    return {
        "name": name,
        "script_root_path_href": None,
        "script_href": f"{files}/{SCRIPT}",
        "config_href": None,
        "test_data_href": f"{files}-data/{name}.dat",
        "href": f"{base}/admin/functions/{name}",
        "invoke_url_template": None if path is None else f"{base}{path.lower()}",
        "language": LANGUAGE,
        "config": {
            "name": name,
            "entryPoint": name,
            "scriptFile": SCRIPT,
            "language": LANGUAGE,
            "functionDirectory": str(app.package),
            "bindings": function.bindings,
        },
        "files": None,
        "test_data": "",
        "isDisabled": name in app.disabled,
        "isDirect": False,
        "isProxy": False,
    }
