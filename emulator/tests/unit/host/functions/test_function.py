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


@pytest.mark.parametrize("kind", ["timerTrigger", "queueTrigger", "blobTrigger"])
def test_background_trigger_is_no_problem(kind: str) -> None:
    found = function_info("x", [trigger(kind)])
    assert found == FunctionInfo("x", kind, [trigger(kind)])


@pytest.mark.parametrize(
    ("bindings", "start", "types"),
    [
        ([trigger("eventHubTrigger")], "'x' (eventHubTrigger)", "eventHubTrigger"),
        (
            [trigger("weirdtrigger"), {"type": "table", "name": "t"}],
            "'x' (weirdtrigger)",
            "weirdtrigger, table",
        ),
        (
            [trigger("httpTrigger", route="r"), {"type": "table", "name": "t"}],
            "'x' (httpTrigger)",
            "table",
        ),
    ],
)
def test_function_with_other_bindings_never_runs(
    bindings: list[dict[str, Any]], start: str, types: str
) -> None:
    found = function_info("x", [*bindings])
    assert found.route is None
    assert found.problem == (
        f"The function {start} is listed but never runs here: this host does not emulate {types}."
    )


def test_storage_bindings_are_inputs_and_outputs() -> None:
    read = {"type": "blob", "name": "i", "direction": "IN"}
    written = {"type": "queue", "name": "o", "direction": "OUT"}
    found = function_info("x", [read, written, trigger("httpTrigger"), RESPONSE])
    assert (found.inputs, found.outputs) == ([read], [written])
