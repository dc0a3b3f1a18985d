"""The cost that the router adds to a start, compared with a function that only forwards.

Both run on the same host and send to the same function app in turns, so the ratio is the cost of
the router: reading the version, checking the body, making the id, finding the line, signing links.
"""

from dataclasses import dataclass
from statistics import median

import aiohttp
import psutil

from bench.environment import APPS, environment
from bench.figure import Figure, MeasurementError, at_least, at_most
from bench.load import Send, in_turn, median_ms, per_second
from bench.processes import processor_seconds, with_children
from harness.durable_client import DurableClient
from harness.function_host import FunctionHost, host_keys, running_host
from harness.local_stack import Log

_WARM_UP = 50
_PAIRS = 300
_REST_SECONDS = 0.04  # before a start, so that the one before it has run
_ROUNDS = 8  # of each way
_CONNECTIONS = 50
_REQUESTS = 200  # per round


async def measure(log: Log) -> list[Figure]:
    """Measure two ratios: of times at one connection, of rates at fifty."""
    async with environment(log) as env:
        log("starting the line's app")
        target = await env.open_line("1.0.0")
        durable = await env.durable(target)
        settings = {"TARGET": target.url, "TARGET_KEY": durable.key}
        host = FunctionHost("bare", env.stack.storage, env.stack.logs / "bare.log")
        async with running_host(host, APPS / "bare", settings) as bare:
            key = (await host_keys(bare.storage, bare.site))["functionKeys"]["default"]
            pid = env.endpoints["pids"]["router"]
            client_key = env.endpoints["keys"]["client"]
            ways = [
                Way(env.session, env.endpoints["router"], client_key, with_children(pid)),
                Way(env.session, bare.url, key, with_children(bare.pid)),
            ]
            return [await _times(ways, durable, log), await _rates(ways, durable, log)]


@dataclass(frozen=True, slots=True)
class Way:
    """One way to the app, through the host at `url`, whose processes these are."""

    session: aiohttp.ClientSession
    url: str
    key: str
    processes: list[psutil.Process]

    async def start(self) -> None:
        """Start once, and read the body of the 202 as any client would."""
        url = f"{self.url}/api/orchestrators/nothing?version=1.0.0"
        headers = {"x-functions-key": self.key, "Content-Type": "application/json"}
        async with self.session.post(url, data=b'{"n": 1}', headers=headers) as answer:
            body = await answer.read()
            if answer.status != 202:
                raise MeasurementError(f"a start got {answer.status}: {body.decode()}")

    def processor_ms(self) -> float:
        """Return the processor time of its processes so far."""
        return 1000 * processor_seconds(*self.processes)


async def _times(ways: list[Way], app: DurableClient, log: Log) -> Figure:
    async def directly() -> None:
        await app.start("nothing")

    sends: list[Send] = [*(way.start for way in ways), directly]
    await in_turn(sends, _WARM_UP, 0)
    log(f"one connection: {_PAIRS} starts each way, in turns")
    router, bare, direct = map(median_ms, await in_turn(sends, _PAIRS, _REST_SECONDS))
    return Figure(
        "start through the router on an active line ÷ the same through a function that only "
        "forwards: p50, 1 connection",
        at_most(1.10),
        router / bare,
        f"router {router:.2f} ms, bare {bare:.2f} ms, directly to the app {direct:.2f} ms; "
        f"{_PAIRS} starts each",
    )


async def _rates(ways: list[Way], app: DurableClient, log: Log) -> Figure:
    rounds = [await _round(ways, app, number, log) for number in range(_ROUNDS)]
    ratios = [router.rate / bare.rate for router, bare in rounds]
    router, bare = (median(each[which].rate for each in rounds) for which in (0, 1))
    router_ms, bare_ms = (median(each[which].ms for each in rounds) for which in (0, 1))
    return Figure(
        f"the same: requests per second, {_CONNECTIONS} connections",
        at_least(0.90),
        median(ratios),
        f"router {router:.0f}/s, bare {bare:.0f}/s; {_ROUNDS} rounds of {_REQUESTS} starts each, "
        f"ratios {min(ratios):.2f} to {max(ratios):.2f}; processor time of a start: "
        f"router {router_ms:.2f} ms, bare {bare_ms:.2f} ms",
    )


@dataclass(frozen=True, slots=True)
class Burst:
    """Starts per second, and the processor milliseconds of one in the process that serves it."""

    rate: float
    ms: float


async def _round(ways: list[Way], app: DurableClient, number: int, log: Log) -> tuple[Burst, Burst]:
    bursts: dict[int, Burst] = {}
    for which in (0, 1) if number % 2 == 0 else (1, 0):
        await app.all_ended()  # unfinished work of the last burst would slow this one
        before = ways[which].processor_ms()
        rate = await per_second(ways[which].start, _CONNECTIONS, _REQUESTS)
        bursts[which] = Burst(rate, (ways[which].processor_ms() - before) / _REQUESTS)
    log(
        f"{_CONNECTIONS} connections, round {number + 1} of {_ROUNDS}: "
        f"router {bursts[0].rate:.0f}/s, bare {bursts[1].rate:.0f}/s"
    )
    return bursts[0], bursts[1]
