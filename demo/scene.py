"""What the story is played with: the acts that every step repeats, each told as it happens.

Starts, waits, looks. Knows how an answer of the router is put into words; not what should follow
from what, that is the story.
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from demo.azure import Azure
from demo.client import Answer, Router, Started
from demo.tell import DoesNotHold, Teller

BOOKS = {"item": "book", "quantity": 3, "price": 19.9}


@dataclass(frozen=True, slots=True)
class Scene:
    """Router and Azure as two witnesses, and the one who tells."""

    router: Router
    azure: Azure
    tell: Teller

    async def start(self, function: str, version: str) -> Started:
        """Start an instance; it has its 202."""
        started = await self.router.start(function, version, BOOKS)
        took = f"{started.answer.seconds * 1000:.0f} ms"
        self.tell.say(f"POST /api/orchestrators/{function}?version={version}: 202 in {took}")
        return started

    async def output(self, started: Started) -> dict[str, Any]:
        """The output of the instance, once it has completed."""
        answer = await self.tell.until(
            "the instance completes",
            lambda: self.router.follow(started.status_url),
            lambda answer: answer.status != 202,
            _progress,
        )
        if not _completed(answer):
            raise DoesNotHold(f"{started.id} should complete: {answer.status} {answer.body}")
        output: dict[str, Any] = answer.body["output"]
        return output

    async def complete(self, all_started: list[Started]) -> None:
        """Every one of them completes."""
        left = list(all_started)

        async def look() -> int:
            answers = await asyncio.gather(*(self.router.follow(each.status_url) for each in left))
            left[:] = [
                each for each, answer in zip(left, answers, strict=True) if not _completed(answer)
            ]
            return len(left)

        await self.tell.until(
            "every instance completes",
            look,
            lambda left: left == 0,
            lambda left: f"{len(all_started) - left} of {len(all_started)} completed",
        )
        self.tell.mark("each of them completed")

    async def runs(self, asked: str, expected: str) -> dict[str, Any]:
        """A start that asks for one version is run by a release."""
        output = await self.output(await self.start("quick_order", asked))
        self.tell.check(f"a start for {asked} ran {expected}", output["release"], expected)
        return output

    async def waits(self, started: Started) -> None:
        """The instance has begun its wait: it has a timer, and is Running."""
        answer = await self.tell.until(
            "the order begins to wait",
            lambda: self.router.follow(f"{started.status_url}&showHistory=true"),
            _has_timer,
            _progress,
        )
        self.tell.check("the order waits", answer.body["runtimeStatus"], "Running")

    async def register(self, version: str, package: bytes) -> Answer:
        """Register a release."""
        answer = await self.router.register(version, package)
        state = answer.body.get("state", answer.body)
        self.tell.say(
            f"PUT /api/releases/{version} ({len(package)} bytes): {answer.status}, {state}"
        )
        return answer

    async def operation(self, location: str) -> None:
        """Follow an operation to its success, step by step."""
        answer = await self.tell.until(
            "the operation ends", lambda: self.router.get(location), _has_ended, _step
        )
        self.tell.check("the operation succeeded", answer.body["state"], "succeeded")

    async def line(self, line: str) -> dict[str, Any]:
        """A line, as the router tells it."""
        found: dict[str, Any] = (await self.router.get(f"/api/lines/{line}")).body
        return found

    async def is_held_by(self, line: str, started: Started) -> None:
        """The line drains, and tells that this instance keeps it."""
        seen = await self.tell.until(
            f"line {line} tells what holds it",
            lambda: self.line(line),
            lambda seen: started.id in _witnesses(seen),
            _drain,
        )
        self.tell.check(f"line {line} drains, and the order holds it", seen["state"], "draining")

    async def retired(self, line: str) -> str:
        """Watch a line until it is retired; the task hub that it had."""
        seen = await self.tell.until(
            f"line {line} is retired",
            lambda: self.line(line),
            lambda seen: seen["state"] == "retired",
            _drain,
        )
        return str(seen["taskHub"])

    async def pause(self, seconds: float) -> None:
        """Let time pass, where passing time is the point."""
        await asyncio.sleep(seconds)


def _progress(answer: Answer) -> str:
    """Where an instance is; for a parked one, what its line is doing."""
    body = answer.body or {}
    parked = (body.get("customStatus") or {}).get("router") if answer.status == 202 else None
    if parked:
        step = f": {parked['step']}" if parked.get("step") else ""
        return f"parked, waiting for line {parked['line']}, {parked['waitingFor']}{step}"
    return str(body.get("runtimeStatus", answer.status))


def _completed(answer: Answer) -> bool:
    return answer.status == 200 and answer.body["runtimeStatus"] == "Completed"


def _has_timer(answer: Answer) -> bool:
    events = answer.body.get("historyEvents") or [] if answer.status == 202 else []
    return any(event["EventType"] == "TimerCreated" for event in events)


def _has_ended(answer: Answer) -> bool:
    return answer.status != 202


def _step(answer: Answer) -> str:
    """What an operation is doing; nothing between two steps."""
    steps = answer.body["steps"]
    if answer.body["state"] != "running":
        return f"the operation has {answer.body['state']}"
    for at, step in enumerate(steps, 1):
        if step["state"] == "running":
            return f"step {at} of {len(steps)}: {step['name'].replace('_', ' ')}"
    return ""


def _witnesses(line: dict[str, Any]) -> list[str]:
    """The instances that hold a line."""
    why = (line.get("drain") or {}).get("why") or ()
    return [witness["instanceId"] for witness in why if witness.get("instanceId")]


def _drain(line: dict[str, Any]) -> str:
    """Where a line is on its way out, and what holds it."""
    drain = line.get("drain") or {}
    why = "; ".join(str(witness["detail"]) for witness in drain.get("why") or ())
    words = [line["state"], drain.get("verdict") if line["state"] == "draining" else None, why]
    return f"line {line['line']}: " + ", ".join(word for word in words if word)
