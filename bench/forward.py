"""What the router adds to a start: through it, and through a function that only forwards.

Both run on the same host and send to the same function app, in turns, so that the ratio says what
the router costs: reading the version, checking the body, making the id, finding the line, signing
the links.
"""

from statistics import median

import aiohttp

from bench import site
from bench.durable import Durable
from bench.figure import Figure, at_least, at_most
from bench.load import Send, in_turn, milliseconds, per_second
from bench.failure import MeasurementFailed
from bench.stage import APPS, Say, stage

_WARM_UP = 50
_PAIRS = 400
_ROUNDS = 6  # of each way
_CONNECTIONS = 50
_REQUESTS = 500  # per round


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
            ways = [
                Way(run.session, f"{router_url}/api/orchestrators/nothing", run.client_key),
                Way(run.session, f"{bare.url}/api/orchestrators/nothing", key),
            ]
            return [await _times(ways, say), await _rates(ways, durable, say)]


class Way:
    """A way to the app."""

    def __init__(self, session: aiohttp.ClientSession, url: str, key: str) -> None:
        self._session = session
        self._url = url + "?version=1.0.0"
        self._headers = {"x-functions-key": key, "Content-Type": "application/json"}

    async def start(self) -> None:
        """One start, answered 202; its body is read, as any client would."""
        async with self._session.post(self._url, data=b'{"n": 1}', headers=self._headers) as answer:
            body = await answer.json(content_type=None)
            if answer.status != 202:
                raise MeasurementFailed(f"a start got {answer.status}: {body}")


async def _times(ways: list[Way], say: Say) -> Figure:
    sends: list[Send] = [way.start for way in ways]
    await in_turn(sends, _WARM_UP)
    say(f"one connection: {_PAIRS} starts each way, in turns")
    router, bare = map(milliseconds, await in_turn(sends, _PAIRS))
    return Figure(
        "start through the router on an active line ÷ the same through a function that only "
        "forwards: p50, 1 connection",
        at_most(1.25),
        router / bare,
        f"router {router:.2f} ms, bare {bare:.2f} ms, {_PAIRS} starts each",
    )


async def _rates(ways: list[Way], app: Durable, say: Say) -> Figure:
    rates: list[list[float]] = [[], []]
    for number in range(_ROUNDS):
        order = (0, 1) if number % 2 == 0 else (1, 0)
        for which in order:
            await app.all_ended()  # what the last round left to do would slow this one
            rate = await per_second(ways[which].start, _CONNECTIONS, _REQUESTS)
            rates[which].append(rate)
        router, bare = (rates[which][-1] for which in (0, 1))
        say(f"{_CONNECTIONS} connections, round {number + 1} of {_ROUNDS}: router {router:.0f}/s, "
            f"bare {bare:.0f}/s")
    ratios = [router / bare for router, bare in zip(*rates, strict=True)]
    router, bare = map(median, rates)
    return Figure(
        f"the same: requests per second, {_CONNECTIONS} connections",
        at_least(0.80),
        median(ratios),
        f"router {router:.0f}/s, bare {bare:.0f}/s, {_ROUNDS} rounds of {_REQUESTS} starts each; "
        f"ratios {min(ratios):.2f} to {max(ratios):.2f}",
    )
