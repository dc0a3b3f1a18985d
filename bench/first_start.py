"""The first start of a version that runs nowhere yet: its answer, and its end.

The answer is a promise kept durably; the end has plan, function app, settings, deployment and the
start of a host process behind it.
"""

import time
from statistics import median

from bench.figure import Figure, at_most
from bench.instance import completed
from bench.stage import Say, stage

_LINES = 5
_LOOK_SECONDS = 0.05


async def measure(say: Say) -> list[Figure]:
    """Medians over some new lines, one after the other."""
    answered, done = [], []
    async with stage(say) as run:
        for minor in range(_LINES):
            version = f"1.{minor}.0"
            await run.register(version)
            began = time.perf_counter()
            started = await run.router.start("nothing", version, None)
            answered.append(started.answer.seconds)
            await completed(run.session, started.status_url, _LOOK_SECONDS)
            done.append(time.perf_counter() - began)
            say(
                f"{version}: 202 after {1000 * answered[-1]:.0f} ms, "
                f"Completed after {done[-1]:.1f} s"
            )
    return [
        Figure(
            "first start of a new version: its 202",
            at_most(100, "ms"),
            1000 * median(answered),
            f"median of {_LINES} new lines, {1000 * min(answered):.0f} to "
            f"{1000 * max(answered):.0f} ms",
        ),
        Figure(
            "first start of a new version: Completed",
            at_most(6, "s"),
            median(done),
            f"median of {_LINES} new lines, {min(done):.1f} to {max(done):.1f} s",
        ),
    ]
