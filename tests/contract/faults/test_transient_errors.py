"""A line is provisioned, patched and retired although every call to Azure fails at first."""

from typing import Any

import pytest

from router.domain.model import OperationKind, Progress
from tests.contract.faults.calls import CALLS, run_after_restart
from tests.contract.faults.conftest import Open
from tests.contract.faults.environment import Environment

# Every call meets all faults of a group one after the other. A call that was handled may not be
# repeated, so that such a fault is the last of its group.
FAULTS: dict[str, list[dict[str, Any]]] = {
    "calls that are not handled, and an answer that is cut off": [
        {"effect": "throttle"},  # as ARM answers
        {"effect": "throttle-plan"},  # as App Service answers
        {"effect": "status", "status": 409},  # another operation is in progress
        {"effect": "status", "status": 500},
        {"effect": "status", "status": 503, "retry_after": 1},
        # More than once: aiohttp retries on a connection that it has used before.
        {"effect": "reset", "times": 3},
        {"effect": "silence"},
        {"effect": "cut-answer"},
    ],
    "a lost answer": [{"effect": "lost-answer", "times": 3}],
}


async def test_table_of_calls_is_complete(environment: Environment) -> None:
    seen = {}
    await environment.register("1.0.0")
    await environment.register("1.0.1")
    for kind in CALLS:
        offset = len(environment.log.read_text())
        ended = await run_after_restart(environment, kind)
        assert (ended.state, ended.error) == (Progress.SUCCEEDED, None)
        seen[kind] = environment.calls(offset)
    assert seen == {kind: set(calls) for kind, calls in CALLS.items()}


@pytest.mark.parametrize("group", FAULTS)
async def test_operations_survive_transient_errors_of_every_call(
    open_environment: Open, group: str
) -> None:
    async with open_environment(arm_timeout=1.0) as environment:
        await environment.register("1.0.0")
        await environment.register("1.0.1")
        ends = {kind: await end_with(environment, kind, FAULTS[group]) for kind in CALLS}
    assert ends == dict.fromkeys(CALLS, (Progress.SUCCEEDED, None, []))


async def end_with(
    environment: Environment, kind: OperationKind, faults: list[dict[str, Any]]
) -> tuple[Progress, str | None, list[str]]:
    """Return how an operation ended whose every call met these faults, and the faults not met."""
    for call in CALLS[kind]:
        for fault in faults:
            await environment.inject(call, **fault)
    times = {fault["effect"]: fault.get("times", 1) for fault in faults}
    ended = await run_after_restart(environment, kind)
    unmet = [
        f"{each['effect']} {each['path']}"
        for each in await environment.pending_faults()
        if each["times"] == times[each["effect"]]
    ]
    return ended.state, ended.error, unmet
