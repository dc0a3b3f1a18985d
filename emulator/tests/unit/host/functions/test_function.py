"""The metadata of functions, made of their bindings."""

from typing import Any

import pytest

from emulator.host.functions.function import FunctionInfo, function_info

RESPONSE = {"type": "http", "name": "$return", "direction": "OUT"}


def trigger(kind: str, **fields: Any) -> dict[str, Any]:
    return {"type": kind, "name": "it", "direction": "IN", **fields}


def test_route_methods_and_level_have_defaults() -> None:
    found = function_info("all", [trigger("httpTrigger"), RESPONSE])
    assert (found.route, found.methods, found.auth_level) == ("all", None, "function")


def test_http_function_has_route_methods_and_level() -> None:
    given = {"route": "orders/{id}", "methods": ["get", "POST"], "authLevel": "ANONYMOUS"}
    found = function_info("x", [trigger("httpTrigger", **given), RESPONSE])
    assert (found.route, found.auth_level) == ("orders/{id}", "anonymous")
    assert found.methods == frozenset({"GET", "POST"})


def test_durable_function_may_have_a_name_of_its_own() -> None:
    bindings: list[Any] = [
        {"type": "durableClient", "name": "c"},
        trigger("activityTrigger", activity="A"),
    ]
    found = function_info("x", bindings)
    assert (found.durable_name, found.trigger_parameter) == ("A", "it")
    assert (found.client_parameters, found.route) == (["c"], None)


def test_timer_is_no_problem_although_it_never_fires() -> None:
    found = function_info("x", [trigger("timerTrigger")])
    assert found == FunctionInfo("x", "timerTrigger", [trigger("timerTrigger")])


@pytest.mark.parametrize(
    ("bindings", "types"),
    [
        ([trigger("queueTrigger")], "'queueTrigger'"),
        ([trigger("weirdtrigger"), trigger("queue")], "'weirdtrigger', 'queue'"),
        ([trigger("httpTrigger", route="r"), trigger("queue")], "'queue'"),
    ],
)
def test_unregistered_binding_is_a_problem(bindings: list[dict[str, Any]], types: str) -> None:
    found = function_info("x", [*bindings])
    assert found.route is None
    assert found.problem == (
        f"The 'x' function is in error: The binding type(s) {types} are not registered. "
        "Please ensure the type is correct and the binding extension is installed."
    )
