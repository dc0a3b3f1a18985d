"""A timer that starts orchestrations runs on the newest line only, so the older line drains."""

from harness.router_client import RouterClient
from harness.waiting import line_in, until
from tests.e2e.apps import package

# The work of one tick lasts beyond the next one, so a line with the timer on is never idle.
TIMER = """

from datetime import timedelta
from itertools import count
numbers = count()


@app.timer_trigger(arg_name="timer", schedule="*/2 * * * * *")
@app.durable_client_input(client_name="client")
async def tick(timer: func.TimerRequest, client: df.DurableOrchestrationClient) -> None:
    await client.start_new("slow", f"tick-{VERSION}-{next(numbers)}", VERSION)


@app.orchestration_trigger(context_name="context")
def slow(context: df.DurableOrchestrationContext):
    yield context.create_timer(context.current_utc_datetime + timedelta(seconds=5))
    return context.get_input()
"""


async def opened(router: RouterClient, version: str) -> None:
    """Put a release of the app into service, and wait for the first work of its timer."""
    answer = await router.register(version, package(version, extra=TIMER), "?deploy=now")
    assert answer.status == 202, answer.body
    line = version.rpartition(".")[0]
    await line_in(router, line, "active")

    async def first() -> int:
        return (await router.instance(f"tick-{version}-0")).status

    await until(first, lambda status: status in (200, 202))


async def test_timer_stops_when_a_higher_line_opens(router: RouterClient) -> None:
    await opened(router, "1.0.0")
    assert (await router.get("/api/lines/1.0")).body["disabledFunctions"] == []
    await opened(router, "1.1.0")
    retired = await line_in(router, "1.0", "retired")
    about = [each["what"] for each in retired["events"] if "functions tick" in each["what"]]
    assert about == ["to be disabled, as they run on the highest active line only: functions tick"]
    newest = (await router.get("/api/lines/1.1")).body
    assert (newest["state"], newest["disabledFunctions"]) == ("active", [])
    assert (await router.instance("tick-1.0.0-0")).body["output"] == "1.0.0"
