"""What the router adds to a start: through it, and through a function that only forwards.

Both run on the same host and send to the same function app, in turns, so that the ratio says what
the router costs: reading the version, checking the body, making the id, finding the line, signing
the links.
"""

from dataclasses import dataclass
from statistics import median

import aiohttp
import psutil

from bench import site
from bench.durable import Durable
from bench.failure import MeasurementFailed
from bench.figure import Figure, at_least, at_most
from bench.load import Send, in_turn, milliseconds, per_second
from bench.stage import APPS, Say, stage

_WARM_UP = 50
_PAIRS = 300
_REST = 0.04  # seconds before a start, so that it does not wait for the one before it to have run
_ROUNDS = 8  # of each way
_CONNECTIONS = 50
_REQUESTS = 200  # per round


async def measure(say: Say) -> list[Figure]:
    """Two ratios: of times at one connection, of rates at fifty."""
    async with stage(say) as run:
        say("the line's app comes up")
        target = await run.open_line("1.0.0")
        durable = await run.durable(target)
        settings = {"TARGET": target.url, "TARGET_KEY": durable.key}
        bare_app = site.hosted("bare", APPS / "bare", run.state, run.storage, settings)
        async with bare_app as bare:
            key = (await site.keys(run.storage, bare.name))["functionKeys"]["default"]
            router_url = run.endpoints["router"]
            pid = run.endpoints["pids"]["router"]
            ways = [
                Way(run.session, router_url, run.client_key, psutil.Process(pid)),
                Way(run.session, bare.url, key, psutil.Process(bare.pid)),
            ]
            return [await _times(ways, durable, say), await _rates(ways, durable, say)]


@dataclass(frozen=True, slots=True)
class Way:
    """A way to the app: the process at `url`."""

    session: aiohttp.ClientSession
    url: str
    key: str
    process: psutil.Process

    async def start(self) -> None:
        """One start, answered 202; its body is read, as any client would."""
        url = f"{self.url}/api/orchestrators/nothing?version=1.0.0"
        headers = {"x-functions-key": self.key, "Content-Type": "application/json"}
        async with self.session.post(url, data=b'{"n": 1}', headers=headers) as answer:
            body = await answer.read()
            if answer.status != 202:
                raise MeasurementFailed(f"a start got {answer.status}: {body.decode()}")

    def processor_ms(self) -> float:
        """Processor time of its process so far."""
        return 1000 * sum(self.process.cpu_times()[:2])


async def _times(ways: list[Way], app: Durable, say: Say) -> Figure:
    async def directly() -> None:
        await app.start("nothing")

    sends: list[Send] = [*(way.start for way in ways), directly]
    await in_turn(sends, _WARM_UP, 0)
    say(f"one connection: {_PAIRS} starts each way, in turns")
    router, bare, direct = map(milliseconds, await in_turn(sends, _PAIRS, _REST))
    return Figure(
        "start through the router on an active line ÷ the same through a function that only "
        "forwards: p50, 1 connection",
        at_most(1.25),
        router / bare,
        f"router {router:.2f} ms, bare {bare:.2f} ms, straight to the app {direct:.2f} ms; "
        f"{_PAIRS} starts each",
    )


async def _rates(ways: list[Way], app: Durable, say: Say) -> Figure:
    rounds = [await _round(ways, app, number, say) for number in range(_ROUNDS)]
    ratios = [router.rate / bare.rate for router, bare in rounds]
    router, bare = (median(each[which].rate for each in rounds) for which in (0, 1))
    router_ms, bare_ms = (median(each[which].ms for each in rounds) for which in (0, 1))
    return Figure(
        f"the same: requests per second, {_CONNECTIONS} connections",
        at_least(0.80),
        median(ratios),
        f"router {router:.0f}/s, bare {bare:.0f}/s; {_ROUNDS} rounds of {_REQUESTS} starts each, "
        f"ratios {min(ratios):.2f} to {max(ratios):.2f}; processor time of a start: "
        f"router {router_ms:.2f} ms, bare {bare_ms:.2f} ms",
    )


@dataclass(frozen=True, slots=True)
class Burst:
    """Starts per second, and the processor time of one in the process that was asked."""

    rate: float
    ms: float


async def _round(ways: list[Way], app: Durable, number: int, say: Say) -> tuple[Burst, Burst]:
    bursts: dict[int, Burst] = {}
    for which in (0, 1) if number % 2 == 0 else (1, 0):
        await app.all_ended()  # what the last burst left to do would slow this one
        before = ways[which].processor_ms()
        rate = await per_second(ways[which].start, _CONNECTIONS, _REQUESTS)
        bursts[which] = Burst(rate, (ways[which].processor_ms() - before) / _REQUESTS)
    say(
        f"{_CONNECTIONS} connections, round {number + 1} of {_ROUNDS}: "
        f"router {bursts[0].rate:.0f}/s, bare {bursts[1].rate:.0f}/s"
    )
    return bursts[0], bursts[1]
