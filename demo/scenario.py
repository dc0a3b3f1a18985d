"""The scenario: orders keep running while their app moves from 1.0.0 to 1.1.0, in six steps.

Each step acts through the router's HTTP API and checks its claims there, in storage and in the
emulated Azure. The first failed check ends the demo.
"""

import asyncio
from collections.abc import Awaitable, Callable

from demo.actions import BOOKS, Actions
from demo.start_stream import StartStream
from harness.router_client import Started
from samples.pack import pack

_AFTER_PATCH_SECONDS = 1.0  # so that some starts surely follow the deployment


class Scenario:
    """Six steps. `figures` are the additional rows of the closing table."""

    def __init__(self, actions: Actions) -> None:
        self._actions = actions
        self._console = actions.console
        self._azure = actions.azure
        self._first: Started
        self._waiting: Started
        self.figures: list[tuple[str, str]] = []

    @property
    def steps(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """Titles and functions, in order."""
        return [
            ("Register release 1.0.0", self.register),
            ("The first start for 1.0.0 creates its function app", self.first_start),
            ("An order on 1.0 waits until it is shipped", self.wait_for_shipping),
            ("Release 1.0.1, a fix, is deployed in place under load", self.patch),
            ("Release 1.1.0, a breaking change, gets its own app", self.breaking_change),
            ("The waiting order ends; line 1.0 drains and is deleted", self.retire),
        ]

    async def register(self) -> None:
        """Register a release, which creates nothing in Azure."""
        answer = await self._actions.register("1.0.0", pack("1.0.0"))
        self._console.check("the release is registered", answer.status, 201)
        line = await self._actions.line("1.0")
        self._console.check("line 1.0 is registered", line["state"], "registered")
        self._console.check("Azure has no function app", await self._azure.function_apps(), [])
        self._console.check("and no plan", await self._azure.plans(), [])

    async def first_start(self) -> None:
        """Start for a line that has no app yet. The start waits, its caller does not."""
        self._first = await self._actions.start("quick_order", "1.0.0")
        answer = self._first.answer
        has_app = "X-App-Version" in answer.headers
        self._console.check("the caller has its 202 before there is an app", has_app, False)
        output = await self._actions.output(self._first)
        self.figures += [
            ("first start of a new line, its 202", f"{answer.seconds * 1000:.0f} ms"),
            ("first start of a new line, Completed", f"{self._console.elapsed():.1f} s"),
        ]
        self._console.check("it ran release 1.0.0", output["release"], "1.0.0")
        line = await self._actions.line("1.0")
        self._console.check("line 1.0 is active", line["state"], "active")
        apps = await self._azure.function_apps()
        self._console.check(f"Azure has {line['functionApp']}", apps, [line["functionApp"]])
        self._console.check("and its plan", len(await self._azure.plans()), 1)

    async def wait_for_shipping(self) -> None:
        """Start the order that is in flight during all other steps."""
        # The timer of a deadline would stay invisible in a queue, and the line wait for it.
        self._waiting = await self._actions.start("order", "1.0", shipsWithinSeconds=None)
        await self._actions.check_waiting(self._waiting)

    async def patch(self) -> None:
        """Deploy a fix to the running app while starts arrive."""
        before = await self._azure.function_apps()
        async with StartStream(self._actions.router, "quick_order", "1.0", BOOKS) as stream:
            self._console.note("starts for 1.0 arrive, ten a second")
            answer = await self._actions.register("1.0.1", pack("1.0.1"))
            self._console.check("a deployment has begun", answer.status, 202)
            await self._actions.check_operation(answer.headers["Location"])
            await asyncio.sleep(_AFTER_PATCH_SECONDS)
        self._console.check(f"none of {stream.count} starts failed", stream.failures, [])
        await self._actions.complete(stream.accepted)
        self.figures.append(("starts during the patch, none failed", str(stream.count)))
        for requested in ("1.0.0", "1.0.1"):
            output = await self._actions.check_release(requested, "1.0.1")
            self._console.check("and has the fix", output["charged"], 59.7)
        self._console.check("in the same app", await self._azure.function_apps(), before)
        await self._actions.check_waiting(self._waiting)

    async def breaking_change(self) -> None:
        """Run code beside the waiting order that would fail it if deployed in place."""
        answer = await self._actions.register("1.1.0", pack("1.1.0"))
        self._console.check("the release is registered", answer.status, 201)
        await self._actions.check_release("1.1.0", "1.1.0")
        named = [(await self._actions.line(line))["functionApp"] for line in ("1.0", "1.1")]
        self._console.check("Azure has two", await self._azure.function_apps(), sorted(named))
        await self._actions.check_release("1.0.0", "1.0.1")
        await self._actions.check_release("1.0.1", "1.0.1")
        await self._actions.check_waiting(self._waiting)
        await self._actions.check_blocked_by("1.0", self._waiting)

    async def retire(self) -> None:
        """End the last order of 1.0 on the line it began on, which is then deleted."""
        answer = await self._actions.router.raise_event(self._waiting, "shipped", {"by": "van"})
        self._console.check("the order gets its event", answer.status, 202)
        output = await self._actions.output(self._waiting)
        ended = (output["release"], output["state"])
        self._console.check("it ends as shipped, on 1.0's code", ended, ("1.0.1", "shipped"))
        hub = await self._actions.until_retired("1.0")
        new = await self._actions.line("1.1")
        apps, plans = await self._azure.function_apps(), await self._azure.plans()
        self._console.check("its function app is deleted", apps, [new["functionApp"]])
        self._console.check("its plan is deleted", len(plans), 1)
        self._console.check("its queues are deleted", await self._azure.queues(hub), [])
        await self._actions.check_release("1.1", "1.1.0")
        await self._actions.output(self._first)
        await self._actions.output(self._waiting)
        self._console.passed("both orders of 1.0 can still be queried")
