"""Indexing of a package: the import of function_app.py and its functions (v2 programming model)."""

import importlib
import inspect
import json
import sys
import traceback
from pathlib import Path
from types import ModuleType

import azure.functions as func

from emulator.host.errors import PackageFailed
from emulator.host.functions import signature
from emulator.host.functions.function import Binding, Function, FunctionInfo

SCRIPT = "function_app"
VENDORED = ".python_packages/lib/site-packages"  # where a remote or zip build puts dependencies
TRIGGERS = frozenset({"httpTrigger", "orchestrationTrigger", "activityTrigger", "entityTrigger"})
BINDINGS = TRIGGERS | {"http", "durableClient"}


def functions_of(package: Path) -> list[Function]:
    """Return the functions of a package in order of definition. Raises PackageFailed."""
    if not (package / f"{SCRIPT}.py").is_file():
        raise PackageFailed(f"{SCRIPT}.py is not in the package")
    app = _app_of(_import(package))
    try:
        built = app.get_functions()
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise PackageFailed(f"{SCRIPT}.py could not be indexed: {error}") from error
    return [_function(one) for one in built]


def _import(package: Path) -> ModuleType:
    for path in (package / VENDORED, package):
        if str(path) in sys.path:
            sys.path.remove(str(path))
        sys.path.insert(0, str(path))
    sys.modules.pop(SCRIPT, None)
    importlib.invalidate_caches()
    try:
        return importlib.import_module(SCRIPT)
    except (Exception, SystemExit) as error:  # the user's module may raise anything
        raise PackageFailed(_import_failure(package, error)) from error


def _import_failure(package: Path, error: BaseException) -> str:
    text = f"{SCRIPT}.py could not be imported: {type(error).__name__}: {error}"
    own = [f for f in traceback.extract_tb(error.__traceback__) if _within(package, f.filename)]
    if not own:
        return text
    place = Path(own[-1].filename).resolve().relative_to(package.resolve())
    return f"{text} ({place}, line {own[-1].lineno})"


def _within(package: Path, filename: str) -> bool:
    return Path(filename).resolve().is_relative_to(package.resolve())


def _app_of(module: ModuleType) -> func.FunctionRegister:
    apps = {id(v): v for v in vars(module).values() if isinstance(v, func.FunctionRegister)}
    if not apps:
        raise PackageFailed(f"{SCRIPT}.py has no top-level function app instance")
    if len(apps) > 1:
        raise PackageFailed(f"{SCRIPT}.py has more than one top-level function app instance")
    return next(iter(apps.values()))


def _function(built: func.Function) -> Function:
    name = str(built.get_function_name())
    run = built.get_user_function()
    bindings: list[Binding] = json.loads(built.get_function_json())["bindings"]
    trigger = next(b for b in bindings if b["type"].endswith("Trigger"))
    _check_supported(name, trigger, bindings)
    wants_context = signature.check(name, run, bindings)
    return Function(
        info=_info(name, trigger, bindings, is_async=inspect.iscoroutinefunction(run)),
        run=run,
        trigger_parameter=str(trigger["name"]),
        client_parameters=tuple(b["name"] for b in bindings if b["type"] == "durableClient"),
        wants_context=wants_context,
    )


def _check_supported(name: str, trigger: Binding, bindings: list[Binding]) -> None:
    if trigger["type"] not in TRIGGERS:
        raise PackageFailed(
            f"cannot load the {name} function: this host does not support {trigger['type']}, only "
            f"{', '.join(sorted(TRIGGERS))}"
        )
    for binding in bindings:
        if binding["type"] not in BINDINGS:
            raise PackageFailed(
                f"cannot load the {name} function: this host does not support the binding "
                f"{binding['type']} (parameter {binding['name']})"
            )


def _info(name: str, trigger: Binding, bindings: list[Binding], *, is_async: bool) -> FunctionInfo:
    if trigger["type"] != "httpTrigger":
        return FunctionInfo(name, trigger["type"], bindings, is_async)
    methods = trigger.get("methods")
    return FunctionInfo(
        name,
        trigger["type"],
        bindings,
        is_async,
        route=str(trigger.get("route", name)),
        methods=None if methods is None else frozenset(m.upper() for m in methods),
        auth_level=str(trigger.get("authLevel", "function")).lower(),
    )
