"""One soak: the load with crashes and injected faults, the end of all work, and the account."""

import asyncio
import contextlib
import time
from collections import Counter
from collections.abc import AsyncIterator, Coroutine
from random import Random
from typing import Any

from harness import start_ledger
from harness.local_stack import Log
from harness.retrying import retry
from harness.start_ledger import End, Observed, StartLedger
from harness.waiting import Patience
from soak.chaos import APP_KILLED, FAULT, ROUTER_KILLED, Chaos
from soak.environment import Environment, environment
from soak.line_operator import LineOperator
from soak.load import Load
from soak.plan import Cycle, Start, all_starts, plan
from soak.report import Result, not_exercised

_STALL_SECONDS = 300.0
_POLL_SECONDS = 1.0
_AT_ONCE = 16
RETIRED, REVIVED, ROLLED_BACK = "retirements", "revivals", "patches rolled back"


async def soak(seed: int, starts: int, cycles: int, log: Log) -> Result:
    """Run a soak. ValueError if there are too few starts for the cycles."""
    began, todo = time.monotonic(), plan(seed, starts, cycles)
    async with environment(log) as env:
        ledger = StartLedger[Start]()
        chaos = Chaos(env.stack, env.router, env.session, Random(seed + 1))
        operator = LineOperator(env.router, env.storage, ledger)
        async with _in_background(operator.run()):
            async with _in_background(chaos.run()):
                await Load(env.router, ledger, operator.release_unknown, log).run(todo)
            operator.closing = True
            left = await _until_all_ended(env, operator, log)
        log("checking every instance")
        observed = await _observed(env, ledger)
        counts = await _counts(env, ledger, observed) | operator.done | chaos.done
        problems = start_ledger.problems(ledger, all_starts(todo), observed)
        problems += [f"left behind: {each}" for each in left]
        problems += not_exercised(counts, _required(todo))
        env.stack.keep = bool(problems)
    return Result(seed, starts, cycles, time.monotonic() - began, counts, tuple(problems))


@contextlib.asynccontextmanager
async def _in_background(work: Coroutine[Any, Any, None]) -> AsyncIterator[None]:
    """Do some work during the block. If it fails, so does the block."""
    async with asyncio.TaskGroup() as tasks:
        task = tasks.create_task(work)
        yield
        task.cancel()


async def _until_all_ended(env: Environment, operator: LineOperator, log: Log) -> list[str]:
    """Wait for all work to end. Return what is left when there is no progress, lines first."""
    patience, logged = Patience(_STALL_SECONDS), ""
    while True:
        await operator.release_unknown()
        lines = await operator.lines()
        left = [_line(each) for each in lines if each["state"] != "retired" or each["operation"]]
        left += [] if left else await env.left_over()
        if not left or patience.exhausted_by(left):
            return left
        if left[0] != logged:
            logged = left[0]
            more = f", and {len(left) - 1} more" if len(left) > 1 else ""
            log(f"waiting for the end of {logged}{more}")
        await asyncio.sleep(_POLL_SECONDS)


def _line(line: dict[str, Any]) -> str:
    blockers = line["error"] or "; ".join(each["detail"] for each in line["drain"]["why"])
    return f"line {line['line']}: {line['state']}, {line['operation'] or blockers}"


async def _observed(env: Environment, ledger: StartLedger[Start]) -> Observed:
    executions = await env.storage.executions()
    ids = {*ledger.entries, *await env.storage.instances()}
    ids |= {each.instance_id for each in executions}
    gate = asyncio.Semaphore(_AT_ONCE)

    async def end_of(instance_id: str) -> tuple[str, End | None]:
        async with gate:
            outcome = await retry(lambda: env.router.instance(instance_id))
        body = (outcome.answer.body if outcome.answer else None) or {}
        output = body.get("output")
        value = output.get("value") if isinstance(output, dict) else output
        return instance_id, End(body["runtimeStatus"], value) if outcome.status != 404 else None

    ends = dict(await asyncio.gather(*(end_of(each) for each in sorted(ids))))
    return Observed({name: end for name, end in ends.items() if end}, executions)


async def _counts(env: Environment, ledger: StartLedger[Start], observed: Observed) -> Counter[str]:
    operations, entries = await env.storage.operations(), ledger.entries.values()
    ran = Counter(execution.instance_id for execution in observed.executions)
    provisions = operations["provision", "succeeded"]
    starts = [entry.request for entry in entries]
    return Counter(
        {
            "starts answered 202": len(entries),
            "  executed exactly once": sum(ran[entry.instance_id] == 1 for entry in entries),
            "  parked": sum(entry.parked for entry in entries),
            "  with an id chosen by the caller": sum(bool(start.own_id) for start in starts),
            "  large": sum(start.large for start in starts),
            "requests for an existing id, rejected": ledger.rejected,
            "responses lost": ledger.uncertain.total(),
            "  whose start was accepted": start_ledger.unknown_instances(ledger, observed),
            "patches": operations["patch", "succeeded"],
            ROLLED_BACK: operations["patch", "failed"],
            RETIRED: operations["retire", "succeeded"],
            REVIVED: provisions - len({start.line for start in starts}),
            "provisions failed": operations["provision", "failed"],
        }
    )


def _required(todo: tuple[Cycle, ...]) -> list[str]:
    """Return the counts that must not be zero for the run to prove something."""
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
