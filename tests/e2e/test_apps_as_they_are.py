"""Apps as teams have them: of the v1 model, and with triggers beside the durable ones."""

import json

from harness.router_client import RouterClient
from harness.waiting import line_in, run_to_end, until
from tests.e2e.apps import HOST, package, zipped

FLOW = """
import azure.durable_functions as df

def flow(context):
    return (yield context.call_activity("Step", context.get_input()))

main = df.Orchestrator.create(flow)
"""
BACKGROUND = """
@app.timer_trigger(schedule="0 0 0 29 2 *", arg_name="timer", run_on_startup=True)
@app.durable_client_input(client_name="client")
async def tick(timer: func.TimerRequest, client):
    await client.start_new("echo", "of-the-timer", "tick")

@app.event_hub_message_trigger(arg_name="event", event_hub_name="hub", connection="HUB")
def later(event: func.EventHubEvent): ...
"""


def trigger(kind: str, name: str) -> str:
    return json.dumps({"bindings": [{"type": kind, "direction": "in", "name": name}]})


async def test_app_of_the_v1_model_runs(router: RouterClient) -> None:
    files = {
        "host.json": HOST,
        "requirements.txt": "azure-functions-durable\n",
        "Flow/__init__.py": FLOW,
        "Flow/function.json": trigger("orchestrationTrigger", "context"),
        "Step/__init__.py": "def main(value: int) -> int:\n    return value + 1\n",
        "Step/function.json": trigger("activityTrigger", "value"),
    }
    await router.register("1.0.0", zipped(files))
    status = await run_to_end(router, "Flow", "1.0.0", 1)
    assert status["output"] == 2


async def test_timer_starts_work_beside_a_trigger_that_is_skipped(router: RouterClient) -> None:
    await router.register("2.0.0", package("2.0.0", extra=BACKGROUND))
    status = await run_to_end(router, "echo", "2.0.0", "x")
    assert status["output"]["version"] == "2.0.0"

    async def of_the_timer() -> object:
        return (await router.instance("of-the-timer")).body

    found = await until(of_the_timer, lambda body: "Completed" in json.dumps(body))
    assert json.dumps(found).count("tick")
    await line_in(router, "2.0", "active")
