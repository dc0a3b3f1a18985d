"""Apps that cannot be indexed, and the texts in which the runtime library says why."""

import re

import pytest

from emulator.host.errors import NotIndexed
from emulator.tests.contract.worker.conftest import IMPORTS, StartApp

TRIGGER = '@app.activity_trigger(input_name="x")\n'
ROUTE = '@app.route(route="a")\n'
LOAD = "FunctionLoadError: cannot load the a function: "

APPS = {
    "two apps": (
        "other = func.FunctionApp()",
        "ValueError: More than one DFApp or other top level function app instances are defined.",
    ),
    "one app under two names": (
        "again = app",
        "ValueError: More than one DFApp or other top level function app instances are defined.",
    ),
    "no app": (
        "app = df.Blueprint().__class__",
        "ValueError: Could not find top level function app instances in function_app.py.",
    ),
    "duplicate names": (
        f"{ROUTE}def a(req): ...\n{ROUTE}def a(req): ...",
        (
            "ValueError: Function a does not have a unique function name. Please change "
            "@app.function_name() or the function method name to be unique."
        ),
    ),
    "syntax error": ("def broken(:", "SyntaxError: invalid syntax (function_app.py, line 5)"),
    "missing module": (
        "import nosuchmodule",
        (
            "ModuleNotFoundError: No module named 'nosuchmodule'. Cannot find module. Please check "
            "the requirements.txt file for the missing module. For more info, please refer the "
            "troubleshooting guide: https://aka.ms/functions-modulenotfound. Current sys.path: /"
        ),
    ),
    "missing name": ("from os import nosuchname", "ImportError: cannot import name 'nosuchname'"),
    "other error": ("{}['boom']", "KeyError: 'boom'"),
    "exit": ("raise SystemExit(3)", "python exited with code 3 (0x3)"),
    "end of the process": ("os._exit(1)", "python exited with code 1 (0x1)"),
    "no trigger": (
        "@app.function_name('a')\ndef a(): ...",
        (
            "ValueError: Function a does not have a trigger. A valid function must have one and "
            "only one trigger registered."
        ),
    ),
    "two triggers": (
        f"{ROUTE}{TRIGGER}def a(req, x): ...",
        (
            "ValueError: A trigger was already registered to this function. Adding another trigger "
            "is not the correct behavior as a function can only have one trigger. Existing "
            "registered trigger is "
        ),
    ),
    "parameter without binding": (
        f"{ROUTE}def a(req, zzz): ...",
        (
            f"{LOAD}the following parameters are declared in Python but not in the function "
            "definition (function.json or function decorators):  {'zzz'}"
        ),
    ),
    "binding without parameter": (
        f"{ROUTE}def a(): ...",
        (
            f"{LOAD}Extra parameters in binding definition — the following parameters are "
            "declared as bindings but are not present in Python: {'req'}"
        ),
    ),
    "wrong type": (
        f"{ROUTE}def a(req: dict): ...",
        (
            f'{LOAD}binding type "\'req\'" and dataType "httpTrigger" in the binding decorator do '
            "not match the corresponding function parameter's Python type annotation dict"
        ),
    ),
    "return annotation": (
        f"{ROUTE}def a(req) -> dict: ...",
        f'{LOAD}Python return annotation "dict" does not match binding type "http"',
    ),
    "nothing returned": (
        f"{ROUTE}def a(req) -> None: ...",
        f'{LOAD}Python return annotation "NoneType" does not match binding type "http"',
    ),
    "optional return": (
        f"import typing\n{ROUTE}def a(req) -> typing.Optional[func.HttpResponse]: ...",
        (
            f"{LOAD}has invalid non-type return annotation "
            "typing.Optional[azure.functions._http.HttpResponse]"
        ),
    ),
    "context": (
        f"{ROUTE}def a(req, context: dict): ...",
        (
            f'{LOAD}the "context" parameter is expected to be of type azure.functions.Context, got '
            "\"<class 'dict'>\""
        ),
    ),
    "unknown name": (f'{TRIGGER}def a(x: "Nope"): ...', "NameError: name 'Nope' is not defined"),
}
REJECTED = (
    *("dict[str, str]", "list[int]", "tuple[int, ...]", "int | None", "'dict[str, int]'"),
    *("typing.Optional[int]", "typing.Union[int, str]", "Alias"),
)
ACCEPTED = (
    *("dict", "typing.Dict[str, str]", "typing.List[int]", "typing.Any", "Typed"),
    "typing.Literal['a']",
)
ANNOTATED = """
import typing
type Alias = dict[str, int]
class Typed(typing.TypedDict): ...
"""


@pytest.mark.parametrize("name", APPS)
async def test_broken_app_is_not_indexed(start_app: StartApp, name: str) -> None:
    code, text = APPS[name]
    with pytest.raises(NotIndexed, match=re.escape(text)) as error:
        await start_app(code)
    assert str(error.value).startswith(text)


@pytest.mark.parametrize("annotation", REJECTED)
async def test_generic_annotation_is_rejected(start_app: StartApp, annotation: str) -> None:
    with pytest.raises(NotIndexed) as error:
        await start_app(f"{ANNOTATED}{TRIGGER}def a(x: {annotation}): ...")
    assert str(error.value).startswith(f"{LOAD}binding x has invalid non-type annotation ")


async def test_plain_annotations_are_accepted(start_app: StartApp) -> None:
    functions = [
        f"{TRIGGER}def a{number}(x: {annotation}) -> dict[str, int]: ..."
        for number, annotation in enumerate(ACCEPTED)
    ]
    worker = await start_app(ANNOTATED + "\n".join(functions))
    assert len(worker.functions) == len(ACCEPTED)


@pytest.mark.parametrize("imports", [IMPORTS, None])
async def test_app_without_functions_is_indexed(start_app: StartApp, imports: str | None) -> None:
    worker = await (start_app("") if imports else start_app("", PYTHON_SCRIPT_FILE_NAME="no.py"))
    assert worker.functions == {}


async def test_syntax_error_names_file_line_and_place(start_app: StartApp) -> None:
    with pytest.raises(NotIndexed) as error:
        await start_app("def broken(:")
    assert "def broken(:\n               ^\n" in str(error.value)
