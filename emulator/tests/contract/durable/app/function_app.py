"""Features that the conformance app lacks: versions, endless loops, HTTP calls, the client."""

from datetime import timedelta

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.orchestration_trigger(context_name="context")
def about(context: df.DurableOrchestrationContext):
    kid = yield context.call_sub_orchestrator("kid")
    older = yield context.call_sub_orchestrator("kid", version="0.9")
    return {"version": context.version, "kid": kid, "kid asked for 0.9": older}


@app.orchestration_trigger(context_name="context")
def kid(context: df.DurableOrchestrationContext):
    return context.version


@app.orchestration_trigger(context_name="context")
def waiting(context: df.DurableOrchestrationContext):
    value = yield context.wait_for_external_event("go")
    return [context.version, value]


@app.orchestration_trigger(context_name="context")
def spins(context: df.DurableOrchestrationContext):
    """A textbook monitor that loops forever after its first event on the real extension."""
    tick = context.create_timer(context.current_utc_datetime + timedelta(hours=1))
    wake = context.wait_for_external_event("wake")
    first = yield context.task_any([tick, wake])
    if first == wake:
        tick.cancel()
    context.continue_as_new(None)


@app.orchestration_trigger(context_name="context")
def calls(context: df.DurableOrchestrationContext):
    answer = yield context.call_http("GET", context.get_input())
    return answer


@app.activity_trigger(input_name="value")
@app.durable_client_input(client_name="client")
async def starts_from_an_activity(value: str, client: df.DurableOrchestrationClient) -> str:
    return await client.start_new("kid", value)


@app.orchestration_trigger(context_name="context")
def parent_by_client(context: df.DurableOrchestrationContext):
    started = yield context.call_activity("starts_from_an_activity", context.instance_id + "-2")
    return started


@app.route("drive/{operation}/{instance}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def drive(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Call one operation of the SDK's client."""
    operation, instance = req.route_params["operation"], req.route_params["instance"]
    if operation == "start":
        await client.start_new("waiting", instance, {"a": 1})
        return client.create_check_status_response(req, instance)
    if operation == "wait":
        return await client.wait_for_completion_or_create_check_status_response(
            req, instance, 10_000, 200
        )
    if operation == "raise":
        await client.raise_event(instance, "go", {"from": "the client"})
    elif operation == "purge":
        purged = await client.purge_instance_history(instance)
        return func.HttpResponse(str(purged.instances_deleted))
    elif operation == "status":
        status = await client.get_status(instance)
        return func.HttpResponse(str(status.runtime_status))
    else:
        await getattr(client, operation)(instance, "by the client")
    return func.HttpResponse(status_code=202)
