"""An app that leaves a trace of every execution of an instance, so that each can be counted.

The trace is named by when the execution began: replaying it, or doing its activity again, leaves
the same one; a second execution of the same instance leaves another. It is left by the second
activity, once it is history when the execution began: a worker that dies before it has written
its first step down begins anew, and what was asked for may be done twice, as Durable says.
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
    """Ends by itself."""
    begun = execution(context)
    release = yield context.call_activity("tell_release")
    yield context.call_activity("leave_trace", begun)
    return {"release": release, "value": context.get_input()}


@app.orchestration_trigger(context_name="context")
def waits(context: df.DurableOrchestrationContext):
    """Ends when it is told to go."""
    begun = execution(context)
    release = yield context.call_activity("tell_release")
    yield context.call_activity("leave_trace", begun)
    yield context.wait_for_external_event("go")
    return {"release": release, "value": context.get_input()}


@app.activity_trigger(input_name="nothing")
def tell_release(nothing: None) -> str:
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
