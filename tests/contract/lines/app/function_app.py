"""An app that names things itself: an entity, a child, and what it purges."""

from datetime import UTC, datetime

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


@app.entity_trigger(context_name="context")
def tally(context: df.DurableEntityContext):
    total = context.get_state(lambda: 0) + context.get_input()
    context.set_state(total)
    context.set_result(total)


@app.orchestration_trigger(context_name="context")
def count(context: df.DurableOrchestrationContext):
    return (yield context.call_entity(df.EntityId("tally", "all"), "add", 1))


@app.orchestration_trigger(context_name="context")
def waits(context: df.DurableOrchestrationContext):
    return (yield context.wait_for_external_event("go"))


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext):
    return (yield context.call_sub_orchestrator("waits", None, "nightly"))


@app.orchestration_trigger(context_name="context")
def clean(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("purge", ""))


@app.activity_trigger(input_name="nothing")
@app.durable_client_input(client_name="client")
async def purge(nothing: str, client: df.DurableOrchestrationClient) -> int:
    ended = [df.OrchestrationRuntimeStatus.Completed]
    found = await client.purge_instance_history_by(LONG_AGO, datetime.now(UTC), ended)
    return found.instances_deleted
