"""An app that leaves a trace of every execution of an instance, so that each can be counted.

A trace is named by the time at which the execution began. Replaying it or repeating an activity
leaves an equal trace, a second execution of the same instance leaves another. The second activity
leaves it, when the beginning of the execution is history: a worker that dies before it has stored
its first step starts again, and may schedule the same activity twice, as Durable permits.
"""

import datetime as dt
import json
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func

RELEASE = (Path(__file__).parent / "release.txt").read_text()
TRACES = "traces"

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.orchestration_trigger(context_name="context")
def quick(context: df.DurableOrchestrationContext):
    """End without an event."""
    begun = execution(context)
    release = yield context.call_activity("get_release")
    yield context.call_activity("leave_trace", begun)
    return {"release": release, "value": context.get_input()}


@app.orchestration_trigger(context_name="context")
def waits(context: df.DurableOrchestrationContext):
    """End after the event `go`."""
    begun = execution(context)
    release = yield context.call_activity("get_release")
    yield context.call_activity("leave_trace", begun)
    yield context.wait_for_external_event("go")
    return {"release": release, "value": context.get_input()}


@app.activity_trigger(input_name="nothing")
def get_release(nothing: None) -> str:
    return RELEASE


@app.activity_trigger(input_name="execution")
@app.queue_output(arg_name="trace", queue_name=TRACES, connection="AzureWebJobsStorage")
def leave_trace(execution: dict, trace: func.Out[str]) -> None:
    trace.set(json.dumps(execution))


def execution(context: df.DurableOrchestrationContext) -> dict:
    begun: dt.datetime = context.current_utc_datetime
    nth = context.get_input()["nth"]
    return {"instance": context.instance_id, "begun": begun.isoformat(), "nth": nth}
