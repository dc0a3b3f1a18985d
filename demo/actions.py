"""The actions of the demo's steps, printed as they happen: starts, registrations and waits."""

import asyncio
from dataclasses import dataclass
from typing import Any

from demo.console import CheckFailedError, Console
from harness.azure_client import AzureClient
from harness.router_client import Answer, RouterClient, Started

BOOKS = {"item": "book", "quantity": 3, "price": 19.9}


@dataclass(frozen=True, slots=True)
class Actions:
    """Actions on a router and its Azure, printed on a console."""

    router: RouterClient
    azure: AzureClient
    console: Console

    async def start(self, function: str, version: str, **more: Any) -> Started:
        """Start an instance for some books and return its 202."""
        started = await self.router.start(function, version, BOOKS | more)
        took = f"{started.answer.seconds * 1000:.0f} ms"
        self.console.note(f"POST /api/orchestrators/{function}?version={version}: 202 in {took}")
        return started

    async def output(self, started: Started) -> dict[str, Any]:
        """Return the output of the instance once it has completed."""
        answer = await self.console.until(
            "the instance completes",
            lambda: self.router.follow(started.status_url),
            lambda answer: answer.status != 202,
            _describe_instance,
        )
        if not _completed(answer):
            raise CheckFailedError(f"{started.id} should complete: {answer.status} {answer.body}")
        output: dict[str, Any] = answer.body["output"]
        return output

    async def complete(self, all_started: list[Started]) -> None:
        """Wait until every one of them has completed."""
        left = list(all_started)

        async def count_left() -> int:
            answers = await asyncio.gather(*(self.router.follow(each.status_url) for each in left))
            left[:] = [
                each for each, answer in zip(left, answers, strict=True) if not _completed(answer)
            ]
            return len(left)

        await self.console.until(
            "every instance completes",
            count_left,
            lambda left: left == 0,
            lambda left: f"{len(all_started) - left} of {len(all_started)} completed",
        )
        self.console.passed("every one of them completed")

    async def check_release(self, requested: str, expected: str) -> dict[str, Any]:
        """Check that a start for one version is run by a release. Return its output."""
        output = await self.output(await self.start("quick_order", requested))
        self.console.check(f"a start for {requested} ran {expected}", output["release"], expected)
        return output

    async def check_waiting(self, started: Started) -> None:
        """Check that the instance waits: it has been charged, and is Running."""
        answer = await self.console.until(
            "the order waits",
            lambda: self.router.follow(f"{started.status_url}&showHistory=true"),
            _is_charged,
            _describe_instance,
        )
        self.console.check("the order waits", answer.body["runtimeStatus"], "Running")

    async def register(self, version: str, package: bytes) -> Answer:
        """Register a release."""
        answer = await self.router.register(version, package)
        state = answer.body.get("state", answer.body)
        self.console.note(
            f"PUT /api/releases/{version} ({len(package)} bytes): {answer.status}, {state}"
        )
        return answer

    async def check_operation(self, location: str) -> None:
        """Follow an operation step by step, and check that it succeeds."""
        answer = await self.console.until(
            "the operation ends",
            lambda: self.router.get(location),
            lambda answer: answer.status != 202,
            _describe_operation,
        )
        self.console.check("the operation succeeded", answer.body["state"], "succeeded")

    async def line(self, line: str) -> dict[str, Any]:
        """Return a line as the router describes it."""
        found: dict[str, Any] = (await self.router.get(f"/api/lines/{line}")).body
        return found

    async def check_blocked_by(self, line: str, started: Started) -> None:
        """Check that the line drains and names this instance as its blocker."""
        seen = await self.console.until(
            f"line {line} names its blocker",
            lambda: self.line(line),
            lambda seen: started.id in _blocking_instances(seen),
            _describe_line,
        )
        self.console.check(f"line {line} drains, blocked by the order", seen["state"], "draining")

    async def until_retired(self, line: str) -> str:
        """Watch a line until it is retired. Return the name of its task hub."""
        seen = await self.console.until(
            f"line {line} is retired",
            lambda: self.line(line),
            lambda seen: seen["state"] == "retired",
            _describe_line,
        )
        return str(seen["taskHub"])


def _describe_instance(answer: Answer) -> str:
    """Return the status of an instance, or what a parked one waits for."""
    body = answer.body or {}
    parked = (body.get("customStatus") or {}).get("router") if answer.status == 202 else None
    if parked:
        step = f": {parked['step']}" if parked.get("step") else ""
        return f"parked, waiting for line {parked['line']}, {parked['waitingFor']}{step}"
    return str(body.get("runtimeStatus", answer.status))


def _completed(answer: Answer) -> bool:
    return answer.status == 200 and answer.body["runtimeStatus"] == "Completed"


def _is_charged(answer: Answer) -> bool:
    events = answer.body.get("historyEvents") or [] if answer.status == 202 else []
    done = (e["FunctionName"] for e in events if e["EventType"] == "TaskCompleted")
    return "charge" in done


def _describe_operation(answer: Answer) -> str:
    """Return the current step of an operation, empty between two steps."""
    steps = answer.body["steps"]
    if answer.body["state"] != "running":
        return f"the operation has {answer.body['state']}"
    for number, step in enumerate(steps, 1):
        if step["state"] == "running":
            return f"step {number} of {len(steps)}: {step['name'].replace('_', ' ')}"
    return ""


def _blocking_instances(line: dict[str, Any]) -> list[str]:
    blockers = (line.get("drain") or {}).get("why") or ()
    return [blocker["instanceId"] for blocker in blockers if blocker.get("instanceId")]


def _describe_line(line: dict[str, Any]) -> str:
    """Return the state of a line and what keeps it from being drained."""
    drain = line.get("drain") or {}
    blockers = "; ".join(str(blocker["detail"]) for blocker in drain.get("why") or ())
    words = [line["state"], drain.get("verdict") if line["state"] == "draining" else None, blockers]
    return f"line {line['line']}: " + ", ".join(word for word in words if word)
