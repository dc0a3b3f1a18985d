"""The names of the functions in Azure, which operations in flight and key holders rely on."""

from typing import Any

import function_app
from router.domain.model import OperationKind
from router.domain.version import LineId
from router.operations import rules as operation_rules
from tests.e2e.crashing.points import PHASES, dealt

ORCHESTRATORS = {"run_operation", "parked_start", "monitor_line", "retain_line", "hub_mark"}
ACTIVITIES = {
    "plan_operation",
    "fail_step",
    "end_operation",
    "forward_parked_start",
    "check_line",
    "create_plan",
    "create_function_app",
    "deploy_package",
    "await_deployment",
    "await_health",
    "open_line",
    "record_release",
    "restore_package",
    "await_restored",
    "await_restored_health",
    "update_settings",
    "fence",
    "stop_function_app",
    "check_again",
    "start_function_app",
    "drain_again",
    "delete_function_app",
    "delete_plan",
    "delete_task_hub",
    "verify_teardown",
    "finish_retirement",
    "delete_rows",
    "delete_large_messages",
    "delete_claims",
    "finish_cleanup",
    "check_retention",
}


TRIGGERS: dict[str, dict[str, Any]] = {
    str(function.get_function_name()): trigger.get_dict_repr()
    for function in function_app.app.get_functions()  # which may be called only once
    if (trigger := function.get_trigger())
}


def _of(kind: str) -> dict[str, dict[str, Any]]:
    return {name: trigger for name, trigger in TRIGGERS.items() if trigger["type"] == kind}


def test_orchestrators_and_activities_keep_their_names() -> None:
    """A renamed one would block every operation in flight without an error."""
    assert set(_of("orchestrationTrigger")) == ORCHESTRATORS
    assert set(_of("activityTrigger")) == ACTIVITIES


def test_every_step_of_every_operation_is_an_activity() -> None:
    steps = {
        step
        for kind in OperationKind
        for step in (*operation_rules.steps(kind), *operation_rules.undo_steps(kind))
    }
    assert steps <= set(_of("activityTrigger"))
    own = {"plan_operation", "fail_step", "end_operation", "forward_parked_start", "check_line"}
    assert set(_of("activityTrigger")) - own - {"check_retention"} == steps


def test_crashes_are_tested_at_start_and_end_of_every_activity() -> None:
    line, shares = LineId(1, 0), 3
    points = {
        point
        for phase in PHASES
        for share in range(shares)
        for point in dealt(phase, line, share, shares)
    }
    activities = {point.rpartition(".")[0].rpartition(".")[2] for point in points}
    assert activities == set(_of("activityTrigger"))
    assert points == {
        f"{point.rpartition('.')[0]}.{moment}" for point in points for moment in ("start", "end")
    }


def test_name_of_route_says_which_key_opens_it() -> None:
    levels = {
        name: (name.partition("_")[0], str(trigger["authLevel"]).rpartition(".")[2].lower())
        for name, trigger in _of("httpTrigger").items()
    }
    assert set(levels.values()) == {
        ("client", "function"),
        ("ops", "function"),
        ("link", "anonymous"),
        ("health", "anonymous"),
    }


def test_links_have_the_same_routes_as_keys() -> None:
    """Whatever a client's key opens for one instance, a signed link opens as well."""

    def routes(prefix: str, path: str) -> set[tuple[str, str]]:
        return {
            (str(trigger["route"]).removeprefix(path), str(trigger["methods"]))
            for name, trigger in _of("httpTrigger").items()
            if name.startswith(prefix) and str(trigger["route"]).startswith(path)
        }

    assert routes("link_", "links/instances/") == routes("client_", "instances/")
