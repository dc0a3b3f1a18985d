"""A line is provisioned, patched and retired while Azure misbehaves, call by call."""

import asyncio
from typing import Any

from router.domain.model import OperationKind, Progress
from tests.contract.faults.calls import CALLS, live
from tests.contract.faults.conftest import Open
from tests.contract.faults.scene import Scene

_AT_ONCE = 5
TRANSIENT_ERRORS: dict[str, dict[str, Any]] = {
    "429 as ARM says it": {"effect": "throttle"},
    "429 as App Service says it": {"effect": "throttle-plan"},
    "409, something is in progress": {"effect": "status", "status": 409},
    "500": {"effect": "status", "status": 500},
    "503 with Retry-After": {"effect": "status", "status": 503, "retry_after": 1},
    # More than once: aiohttp tries again by itself on a connection that it has used before.
    "a connection reset": {"effect": "reset", "times": 3},
    "an answer lost": {"effect": "lost-answer", "times": 3},
    "an answer cut off": {"effect": "cut-answer"},
    "no answer": {"effect": "silence"},
}


async def test_the_table_has_every_call_that_is_made(scene: Scene) -> None:
    seen = {}
    await scene.register("1.0.0")
    await scene.register("1.0.1")
    for kind in CALLS:
        place = len(scene.log.read_text())
        ended = await live(scene, kind)
        assert (ended.state, ended.error) == (Progress.SUCCEEDED, None)
        seen[kind] = scene.calls(place)
    assert seen == {kind: set(calls) for kind, calls in CALLS.items()}


async def test_what_passes_is_outlived_by_every_call(open_scene: Open) -> None:
    places = asyncio.Semaphore(_AT_ONCE)
    lives = await asyncio.gather(
        *(life_with(open_scene, TRANSIENT_ERRORS[fault], places) for fault in TRANSIENT_ERRORS)
    )
    succeeded: dict[OperationKind, Any] = dict.fromkeys(CALLS, (Progress.SUCCEEDED, None, []))
    assert dict(zip(TRANSIENT_ERRORS, lives, strict=True)) == dict.fromkeys(
        TRANSIENT_ERRORS, succeeded
    )


async def life_with(
    open_scene: Open, fault: dict[str, Any], places: asyncio.Semaphore
) -> dict[OperationKind, Any]:
    """How each operation ended whose every call met this fault, and the calls that did not."""
    ends = {}
    async with places, open_scene(arm_timeout=1.0) as scene:
        await scene.register("1.0.0")
        await scene.register("1.0.1")
        for kind, calls in CALLS.items():
            for call in calls:
                await scene.suffer(call, **fault)
            ended = await live(scene, kind)
            left = await scene.unsuffered()
            unmet = [each["path"] for each in left if each["times"] == fault.get("times", 1)]
            ends[kind] = ended.state, ended.error, unmet
    return ends
