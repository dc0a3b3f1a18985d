"""Work that ends on an event, or once a file, the gate, exists."""

import os
import time
from datetime import timedelta
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
GATE = Path(os.environ["GATE"])


@app.orchestration_trigger(context_name="context")
def quick(context: df.DurableOrchestrationContext):
    return "done"


@app.orchestration_trigger(context_name="context")
def waits(context: df.DurableOrchestrationContext):
    return (yield context.wait_for_external_event("go"))


@app.orchestration_trigger(context_name="context")
def sleeps(context: df.DurableOrchestrationContext):
    yield context.create_timer(context.current_utc_datetime + timedelta(hours=1))


@app.orchestration_trigger(context_name="context")
def has_child(context: df.DurableOrchestrationContext):
    return (yield context.call_sub_orchestrator("waits", None, f"{context.instance_id}-child"))


@app.orchestration_trigger(context_name="context")
def repeats(context: df.DurableOrchestrationContext):
    if not (yield context.call_activity("is_open", "")):
        context.continue_as_new(None)


@app.orchestration_trigger(context_name="context")
def works(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("until_open", ""))


@app.activity_trigger(input_name="nothing")
def is_open(nothing: str) -> bool:
    return GATE.exists()


@app.activity_trigger(input_name="nothing")
def until_open(nothing: str) -> str:
    while not GATE.exists():
        time.sleep(0.05)
    return "open"


@app.entity_trigger(context_name="context")
def counter(context: df.DurableEntityContext):
    context.set_state((context.get_state(lambda: 0)) + 1)
