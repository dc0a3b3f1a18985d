"""Indexing of packages and the errors for invalid ones."""

from pathlib import Path

import pytest

from emulator.host.errors import PackageFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.functions.worker import Worker
from emulator.tests.unit.host.conftest import MakePackage

APP = "app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)\n"


def why_not(package: Path) -> str:
    with pytest.raises(PackageFailed) as refused:
        Worker.load(package)
    return str(refused.value)


def test_http_function_has_route_methods_and_level(package: MakePackage) -> None:
    worker = Worker.load(
        package(
            APP
            + """
@app.route(route="orders/{id}", methods=["GET", "POST"], auth_level="ANONYMOUS")
async def orders(req: func.HttpRequest) -> func.HttpResponse: ...
"""
        )
    )
    assert worker.functions == {
        "orders": FunctionInfo(
            name="orders",
            trigger="httpTrigger",
            bindings=[
                {
                    "direction": "IN",
                    "type": "httpTrigger",
                    "name": "req",
                    "methods": ["GET", "POST"],
                    "authLevel": "ANONYMOUS",
                    "route": "orders/{id}",
                },
                {"direction": "OUT", "type": "http", "name": "$return"},
            ],
            is_async=True,
            route="orders/{id}",
            methods=frozenset({"GET", "POST"}),
            auth_level="anonymous",
        )
    }


def test_route_methods_and_level_have_defaults(package: MakePackage) -> None:
    worker = Worker.load(package(APP + "@app.route()\ndef all(req): ...\n"))
    found = worker.functions["all"]
    assert (found.route, found.methods, found.auth_level) == ("all", None, "function")


def test_functions_of_blueprints_and_modules_are_indexed(
    package: MakePackage,
) -> None:
    worker = Worker.load(
        package(
            APP + "import steps_of_orders\napp.register_functions(steps_of_orders.steps)\n",
            steps_of_orders__py="""
                import azure.durable_functions as df
                steps = df.Blueprint()
                @steps.activity_trigger(input_name="order", activity="Reserve")
                def reserve(order: dict): ...
                """,
        )
    )
    found = worker.find("RESERVE")
    assert found is not None
    assert (found.name, found.trigger, found.durable_name) == (
        "reserve",
        "activityTrigger",
        "Reserve",
    )


def test_package_without_function_app_py_is_rejected(tmp_path: Path) -> None:
    assert why_not(tmp_path) == "function_app.py is not in the package"


@pytest.mark.parametrize(
    ("code", "why"),
    [
        (
            "import nosuchmodule\n",
            (
                "function_app.py could not be imported: ModuleNotFoundError: "
                "No module named 'nosuchmodule' (function_app.py, line 3)"
            ),
        ),
        (
            "raise SystemExit(3)\n",
            "function_app.py could not be imported: SystemExit: 3 (function_app.py, line 3)",
        ),
        ("x = 1\n", "function_app.py has no top-level function app instance"),
        (
            APP + "other = func.FunctionApp()\n",
            "function_app.py has more than one top-level function app instance",
        ),
        (
            APP + "@app.function_name('x')\ndef x(req): ...\n",
            (
                "function_app.py could not be indexed: Function x does not have a trigger. "
                "A valid function must have one and only one trigger registered."
            ),
        ),
    ],
)
def test_code_without_an_app_is_rejected_with_the_reason(
    package: MakePackage, code: str, why: str
) -> None:
    assert why_not(package(code)) == why


def test_syntax_error_names_file_and_line(package: MakePackage) -> None:
    assert "function_app.py could not be imported: SyntaxError" in why_not(
        package("def broken(:\n")
    )
    assert "(function_app.py, line 3)" in why_not(package("def broken(:\n"))


def test_import_error_names_the_module(package: MakePackage) -> None:
    made = package("import broken_orders\n", broken_orders__py="\n1 / 0\n")
    assert why_not(made) == (
        "function_app.py could not be imported: ZeroDivisionError: division by zero "
        "(broken_orders.py, line 2)"
    )


def test_duplicate_function_name_is_rejected(package: MakePackage) -> None:
    twice = "@app.route(route='{}')\ndef same(req): ...\n"
    assert "Function same does not have a unique function name" in why_not(
        package(APP + twice.format("a") + twice.format("b"))
    )


DECLARED = "the following parameters are declared in"
IN_DEFINITION = "the function definition (function.json or function decorators)"


@pytest.mark.parametrize(
    ("signature", "why"),
    [
        (
            "(req, more)",
            f"{DECLARED} Python but not in {IN_DEFINITION}: {{'more'}}",
        ),
        (
            "(request)",
            (f"{DECLARED} Python but not in {IN_DEFINITION}: {{'request'}}"),
        ),
        (
            "()",
            f"{DECLARED} {IN_DEFINITION} but not in Python: {{'req'}}",
        ),
        (
            "(req: int)",
            (
                f'type of req binding in {IN_DEFINITION} "httpTrigger" does not match its Python '
                'annotation "int"'
            ),
        ),
        (
            "(req: func.HttpRequest | None)",
            "binding req has invalid non-type annotation azure.functions._http.HttpRequest | None",
        ),
        (
            "(req, context: int)",
            (
                'the "context" parameter is expected to be of type azure.functions.Context, '
                "got <class 'int'>"
            ),
        ),
        (
            "(req) -> int",
            'Python return annotation "int" does not match binding type "http"',
        ),
        ("(req: 'Nowhere')", "its annotations cannot be resolved: name 'Nowhere' is not defined"),
    ],
)
def test_signature_rejected_by_the_real_worker_is_rejected(
    package: MakePackage, signature: str, why: str
) -> None:
    made = package(APP + f"@app.route(route='x')\ndef x{signature}: ...\n")
    assert why_not(made) == f"cannot load the x function: {why}"


def test_activity_accepts_generic_types(package: MakePackage) -> None:
    code = "@app.activity_trigger(input_name='value')\ndef x(value: dict[str, int]): ...\n"
    assert list(Worker.load(package(APP + code)).functions) == ["x"]


@pytest.mark.parametrize(
    ("decorators", "why"),
    [
        (
            "@app.timer_trigger(arg_name='it', schedule='0 * * * * *')",
            (
                "cannot load the x function: this host does not support timerTrigger, only "
                "activityTrigger, entityTrigger, httpTrigger, orchestrationTrigger"
            ),
        ),
        (
            (
                "@app.route(route='x', trigger_arg_name='it')\n"
                "@app.queue_output(arg_name='out', queue_name='q', connection='C')"
            ),
            (
                "cannot load the x function: this host does not support the binding queue "
                "(parameter out)"
            ),
        ),
    ],
)
def test_unsupported_binding_is_rejected_by_name(
    package: MakePackage, decorators: str, why: str
) -> None:
    made = package(f"app = func.FunctionApp()\n{decorators}\ndef x(it, out=None): ...\n")
    assert why_not(made) == why
