"""An app that leaves a trace of every execution of an instance, so that each can be counted.

A trace is named by the time at which the execution began. Replaying it or repeating an activity
leaves the same trace, a second execution of the same instance leaves another. The second activity
leaves it, when the beginning of the execution is history: a worker that dies before it has stored
its first step starts again, and may schedule the same activity twice, as Durable permits.
"""

import datetime as dt
import os
from pathlib import Path

import azure.durable_functions as df
import azure.functions as func
from azure.data.tables import TableClient

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
def leave_trace(execution: dict) -> None:
    with TableClient.from_connection_string(os.environ["AzureWebJobsStorage"], TRACES) as table:
        row = {"PartitionKey": execution["instance"], "RowKey": execution["begun"]}
        table.upsert_entity(row | {"nth": execution["nth"]})


def execution(context: df.DurableOrchestrationContext) -> dict:
    begun: dt.datetime = context.current_utc_datetime
    nth = context.get_input()["nth"]
    return {"instance": context.instance_id, "begun": begun.isoformat(), "nth": nth}
