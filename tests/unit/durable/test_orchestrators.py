"""Orchestrators act on the JSON forms in which activities return their outcomes."""

from datetime import timedelta
from typing import Any

import azure.durable_functions as df
import azure.functions as func
import pytest

from router.durable import orchestrators
from router.operations import outcomes
from router.starts import outcomes as start_outcomes
from tests.fakes.router import NOON

REGISTERED = func.FunctionApp()
REGISTERED.register_functions(orchestrators.bp)
# Below the SDK's own wrapper, which takes a whole history.
ORCHESTRATORS: dict[str | None, Any] = {
    function.get_function_name(): vars(function.get_user_function())["orchestrator_function"]
    for function in REGISTERED.get_functions()
}
OPERATION = {"operation": "provision-1-0-1"}
START = {"instanceId": "order-17", "reason": None}


class FakeContext:
    """The part of Durable's context that orchestrators use. Tasks are what they would do."""

    current_utc_datetime = NOON

    def __init__(self, value: dict[str, Any]) -> None:
        self.value = value
        self.continued: list[dict[str, Any]] = []

    def get_input(self) -> dict[str, Any]:
        return self.value

    def call_activity_with_retry(self, name: str, _: df.RetryOptions, value: object) -> object:
        return name, value

    def create_timer(self, until: object) -> object:
        return "timer", until

    def continue_as_new(self, value: dict[str, Any]) -> None:
        self.continued.append(value)


def timer(seconds: float) -> object:
    """Return the timer for a pause, which is one second longer because the engine truncates."""
    return "timer", NOON + timedelta(seconds=seconds + 1)


def run(name: str, context: FakeContext, *results: object) -> tuple[list[object], object]:
    """Run an orchestrator on the results of its tasks. Return the tasks and its output."""
    walk = ORCHESTRATORS[name](context)
    *earlier, last = results
    tasks = [next(walk), *[walk.send(result) for result in earlier]]
    with pytest.raises(StopIteration) as ended:
        walk.send(last)
    return tasks, ended.value.value


def test_operation_runs_its_steps_then_ends() -> None:
    context, done = FakeContext(OPERATION), outcomes.as_json(outcomes.Done())
    tasks, _ = run("run_operation", context, ["create_plan", "open_line"], done, done, None)
    names = ("plan_operation", "create_plan", "open_line", "end_operation")
    assert tasks == [(name, "provision-1-0-1") for name in names]
    assert context.continued == []


def test_waiting_operation_continues_as_new() -> None:
    """Its history stays short although a line may wait for capacity for days."""
    context, waiting = FakeContext(OPERATION), outcomes.as_json(outcomes.Waiting(5))
    tasks, _ = run("run_operation", context, ["create_plan", "open_line"], waiting, None)
    assert tasks[1:] == [("create_plan", "provision-1-0-1"), timer(5)]
    assert context.continued == [OPERATION]


def test_failed_step_is_recorded_and_rolled_back() -> None:
    context = FakeContext({"operation": "patch-1-0-2"})
    done, failed = outcomes.as_json(outcomes.Done()), outcomes.as_json(outcomes.Failed("no room"))
    steps, roll_back = ["deploy_package", "record_release"], ["restore_package"]
    tasks, _ = run("run_operation", context, steps, failed, roll_back, done, None)
    assert tasks[1:] == [
        ("deploy_package", "patch-1-0-2"),
        ("fail_step", {"operation": "patch-1-0-2", "error": "no room", "step": "deploy_package"}),
        ("restore_package", "patch-1-0-2"),
        ("end_operation", "patch-1-0-2"),
    ]


def test_waiting_start_continues_as_new_with_its_reason() -> None:
    context = FakeContext(START)
    waiting = start_outcomes.as_json(start_outcomes.Waiting(2.5, "no capacity"))
    tasks, _ = run("parked_start", context, waiting, None)
    assert tasks == [("forward_parked_start", START), timer(2.5)]
    assert context.continued == [{**START, "reason": "no capacity"}]


def test_start_whose_attempt_failed_continues_without_a_reason() -> None:
    """The outcome of an activity that failed has no reason."""
    context = FakeContext({**START, "reason": "no capacity"})
    run("parked_start", context, {"state": "waiting", "seconds": 60}, None)
    assert context.continued == [START]


@pytest.mark.parametrize(
    "outcome",
    [
        start_outcomes.Forwarded(),
        start_outcomes.Rejected("why"),
        start_outcomes.Cancelled(),
        start_outcomes.Superseded(),
    ],
)
def test_any_other_outcome_ends_the_parked_start(outcome: start_outcomes.Outcome) -> None:
    context, value = FakeContext(START), start_outcomes.as_json(outcome)
    tasks, output = run("parked_start", context, value)
    assert tasks == [("forward_parked_start", START)]
    assert (output, context.continued) == (value, [])


@pytest.mark.parametrize(
    ("name", "activity"), [("monitor_line", "check_line"), ("retain_line", "check_retention")]
)
def test_line_is_checked_until_its_watch_ends(name: str, activity: str) -> None:
    context = FakeContext({"line": "1.0"})
    tasks, _ = run(name, context, {"state": "waiting", "seconds": 60}, None)
    assert tasks == [(activity, "1.0"), timer(60)]
    assert context.continued == [{"line": "1.0"}]
    ended = FakeContext({"line": "1.0"})
    assert run(name, ended, {"state": "ended"}) == ([(activity, "1.0")], {"state": "ended"})
    assert ended.continued == []


WALKS = {
    "run_operation": OPERATION,
    "parked_start": START,
    "monitor_line": {"line": "1.0"},
    "retain_line": {"line": "1.0"},
}


@pytest.mark.parametrize(("name", "value"), WALKS.items())
def test_failing_activity_makes_no_history_without_end(name: str, value: dict[str, Any]) -> None:
    context = FakeContext(value)
    walk = ORCHESTRATORS[name](context)
    next(walk)
    assert walk.throw(Exception("all attempts have failed")) == timer(60)
    with pytest.raises(StopIteration):
        walk.send(None)
    assert context.continued == [value]
    assert orchestrators._RETRY.max_number_of_attempts <= 20


def test_activity_that_fails_later_begins_the_operation_again() -> None:
    context = FakeContext(OPERATION)
    walk = ORCHESTRATORS["run_operation"](context)
    next(walk)
    walk.send(["create_plan", "open_line"])
    assert walk.throw(Exception("all attempts have failed")) == timer(60)
    with pytest.raises(StopIteration):
        walk.send(None)
    assert context.continued == [OPERATION]
