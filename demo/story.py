"""The story: what happens to orders while their app goes from 1.0.0 to 1.1.0, in six steps.

Each step acts through the router's HTTP interface and checks its claims there, in storage and in
the emulated Azure. The first claim that does not hold ends the story.
"""

from collections.abc import Awaitable, Callable

from demo.client import Started
from demo.scene import BOOKS, Scene
from demo.trickle import Trickle
from samples.pack import pack

_LONGER_SECONDS = 1.0  # the trickle goes on for this long behind the deployment


class Story:
    """Six steps over one scene; `figures` are what the closing table adds."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._tell = scene.tell
        self._azure = scene.azure
        self._first: Started
        self._waiting: Started
        self.figures: list[tuple[str, str]] = []

    @property
    def steps(self) -> list[tuple[str, Callable[[], Awaitable[None]]]]:
        """Title and deed, in order."""
        return [
            ("Ops register release 1.0.0", self.register),
            ("The first start for 1.0.0 makes its function app", self.first_start),
            ("An order on 1.0 waits until it is shipped", self.wait_for_shipping),
            ("Release 1.0.1, a fix, goes in place while starts go on", self.patch),
            ("Release 1.1.0, a breaking change, gets an app of its own", self.break_apart),
            ("The waiting order ends; line 1.0 drains and goes", self.retire),
        ]

    async def register(self) -> None:
        """Registering makes nothing."""
        answer = await self._scene.register("1.0.0", pack("1.0.0"))
        self._tell.check("the release is registered", answer.status, 201)
        line = await self._scene.line("1.0")
        self._tell.check("line 1.0 is registered", line["state"], "registered")
        self._tell.check("Azure has no function app", await self._azure.function_apps(), [])
        self._tell.check("and no plan", await self._azure.plans(), [])

    async def first_start(self) -> None:
        """The first start is answered at once, and done as soon as there is somebody to do it."""
        self._first = await self._scene.start("quick_order", "1.0.0")
        answer = self._first.answer
        has_app = "X-App-Version" in answer.headers
        self._tell.check("the caller has its 202 before there is an app", has_app, False)
        output = await self._scene.output(self._first)
        self.figures += [
            ("first start of a new line, its 202", f"{answer.seconds * 1000:.0f} ms"),
            ("first start of a new line, Completed", f"{self._tell.elapsed():.1f} s"),
        ]
        self._tell.check("it ran release 1.0.0", output["release"], "1.0.0")
        line = await self._scene.line("1.0")
        self._tell.check("line 1.0 is active", line["state"], "active")
        apps = await self._azure.function_apps()
        self._tell.check(f"Azure has {line['functionApp']}", apps, [line["functionApp"]])
        self._tell.check("and its plan", len(await self._azure.plans()), 1)

    async def wait_for_shipping(self) -> None:
        """Work in flight: the reason for everything that follows."""
        self._waiting = await self._scene.start("order", "1.0")
        await self._scene.waits(self._waiting)

    async def patch(self) -> None:
        """A fix reaches the running app, and nobody notices but those who had the bug."""
        before = await self._azure.function_apps()
        async with Trickle(self._scene.router, "quick_order", "1.0", BOOKS) as trickle:
            self._tell.say("starts for 1.0 begin to trickle, ten a second")
            answer = await self._scene.register("1.0.1", pack("1.0.1"))
            self._tell.check("a deployment has begun", answer.status, 202)
            await self._scene.operation(answer.headers["Location"])
            await self._scene.pause(_LONGER_SECONDS)
        self._tell.check(f"none of {trickle.begun} starts failed meanwhile", trickle.failures, [])
        await self._scene.complete(trickle.accepted)
        self.figures.append(("starts during the patch, none failed", str(trickle.begun)))
        for asked in ("1.0.0", "1.0.1"):
            output = await self._scene.runs(asked, "1.0.1")
            self._tell.check("and has the fix", output["charged"], 59.7)
        self._tell.check("in the same app", await self._azure.function_apps(), before)
        await self._scene.waits(self._waiting)

    async def break_apart(self) -> None:
        """What would fail the waiting order runs beside it instead."""
        answer = await self._scene.register("1.1.0", pack("1.1.0"))
        self._tell.check("the release is registered", answer.status, 201)
        await self._scene.runs("1.1.0", "1.1.0")
        named = [(await self._scene.line(line))["functionApp"] for line in ("1.0", "1.1")]
        self._tell.check("Azure has two", await self._azure.function_apps(), sorted(named))
        await self._scene.runs("1.0.0", "1.0.1")
        await self._scene.runs("1.0.1", "1.0.1")
        await self._scene.waits(self._waiting)
        await self._scene.is_held_by("1.0", self._waiting)

    async def retire(self) -> None:
        """The last order of 1.0 ends on the code it began with; then its app has no reason left."""
        answer = await self._scene.router.raise_event(self._waiting, "shipped", {"by": "van"})
        self._tell.check("the order gets its event", answer.status, 202)
        output = await self._scene.output(self._waiting)
        ended = (output["release"], output["state"])
        self._tell.check("it ends as shipped, on 1.0's code", ended, ("1.0.1", "shipped"))
        hub = await self._scene.retired("1.0")
        new = await self._scene.line("1.1")
        apps, plans = await self._azure.function_apps(), await self._azure.plans()
        self._tell.check("its function app is gone", apps, [new["functionApp"]])
        self._tell.check("its plan is gone", len(plans), 1)
        self._tell.check("its queues are gone", await self._azure.queues(hub), [])
        await self._scene.runs("1.1", "1.1.0")
        await self._scene.output(self._first)
        await self._scene.output(self._waiting)
        self._tell.mark("both orders of 1.0 are still answered")
