"""One soak: the load amid deaths and faults, the end of it all, and the account."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from random import Random
from typing import Any

from soak import ledger as account
from soak.attendant import Attendant
from soak.chaos import APP_KILLED, FAULT, ROUTER_KILLED, Chaos
from soak.ledger import End, Found, Ledger
from soak.load import Load
from soak.patience import patiently
from soak.plan import Cycle, plan, planned
from soak.report import Result, never_happened
from soak.stage import Say, Stage, stage

_PATIENCE = 300.0  # seconds for what was begun to end
_POLL = 1.0
_AT_ONCE = 16
RETIRED, REVIVED, ROLLED_BACK = "retirements", "revivals", "patches rolled back"


async def soak(seed: int, starts: int, cycles: int, say: Say) -> Result:
    """The whole of it. ValueError when there are too few starts for the cycles."""
    began, todo = time.monotonic(), plan(seed, starts, cycles)
    async with stage(say) as found:
        ledger = Ledger()
        chaos = Chaos(found.state, found.session, Random(seed + 1))
        attendant = Attendant(found.client, found.store, ledger)
        async with _going_on(attendant.run()):
            async with _going_on(chaos.run()):
                await Load(found.client, ledger, attendant.let_go, say).run(todo)
            attendant.closing = True
            unsettled = await _settled(found, attendant, say)
        say("looking at every instance")
        seen = await _found(found, ledger)
        counts = await _counts(found, ledger, seen) | attendant.done | chaos.done
        wrong = account.wrong(ledger, planned(todo), seen)
        wrong += [f"left behind: {each}" for each in unsettled]
        wrong += never_happened(counts, _wanted(todo))
        found.keep = bool(wrong)
    return Result(seed, starts, cycles, time.monotonic() - began, counts, tuple(wrong))


@contextlib.asynccontextmanager
async def _going_on(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Work beside what is within; it ends with it, and its failure is the whole's."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        yield
        task.cancel()


async def _settled(found: Stage, attendant: Attendant, say: Say) -> list[str]:
    """What is still not as it should be when time is over, lines first; nothing when all is."""
    deadline, told = time.monotonic() + _PATIENCE, ""
    while True:
        await attendant.let_go()
        lines = await attendant.lines()
        left = [_line(each) for each in lines if each["state"] != "retired" or each["operation"]]
        left += [] if left else await found.left_over()
        if not left or time.monotonic() > deadline:
            return left
        if left[0] != told:
            told = left[0]
            more = f", and {len(left) - 1} more" if len(left) > 1 else ""
            say(f"the end is waited for: {told}{more}")
        await asyncio.sleep(_POLL)


def _line(line: dict[str, Any]) -> str:
    why = line["error"] or "; ".join(each["detail"] for each in line["drain"]["why"])
    return f"line {line['line']} is {line['state']}, {line['operation'] or why}"


async def _found(found: Stage, ledger: Ledger) -> Found:
    traces = await found.store.traces()
    ids = {*ledger.entries, *await found.store.instances(), *(each.instance_id for each in traces)}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def look(instance_id: str) -> tuple[str, End | None]:
        async with gate:
            told = await patiently(lambda: found.client.instance(instance_id))
        body = (told.answer.body if told.answer else None) or {}
        output = body.get("output")
        value = output.get("value") if isinstance(output, dict) else output
        return instance_id, End(body["runtimeStatus"], value) if told.status != 404 else None

    ends = dict(await asyncio.gather(*(look(each) for each in sorted(ids))))
    return Found({name: end for name, end in ends.items() if end}, traces)


async def _counts(found: Stage, ledger: Ledger, seen: Found) -> Counter[str]:
    operations, entries = await found.store.operations(), ledger.entries.values()
    ran = Counter(trace.instance_id for trace in seen.traces)
    provisions = operations["provision", "succeeded"]
    lines = len({entry.start.line for entry in entries})
    return Counter(
        {
            "starts answered 202": len(entries),
            "  of these executed once": sum(ran[entry.instance_id] == 1 for entry in entries),
            "  parked at first": sum(entry.parked for entry in entries),
            "  under an id of the caller's": sum(bool(each.start.own_id) for each in entries),
            "  large": sum(entry.start.large for entry in entries),
            "asked again under an id that is there": ledger.refused,
            "answers cut off": ledger.cut_off.total(),
            "  of these starts that were taken": account.strangers(ledger, seen),
            "patches": operations["patch", "succeeded"],
            ROLLED_BACK: operations["patch", "failed"],
            RETIRED: operations["retire", "succeeded"],
            REVIVED: provisions - lines,
            "provisions failed": operations["provision", "failed"],
        }
    )


def _wanted(todo: tuple[Cycle, ...]) -> list[str]:
    """What must have happened, or the run shows less than it is for."""
    broken = any(patch.broken for cycle in todo for patch in cycle.patches)
    returns = any(cycle.returns for cycle in todo)
    return [
        ROUTER_KILLED,
        APP_KILLED,
        FAULT,
        RETIRED,
        *([ROLLED_BACK] if broken else []),
        *([REVIVED] if returns else []),
    ]
