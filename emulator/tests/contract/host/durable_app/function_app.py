"""An app that starts orchestrations from HTTP functions and from activities."""

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)


@app.route(route="begin/{id}")
@app.durable_client_input(client_name="client")
async def begin(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Starts a parent, answers as apps do."""
    started = await client.start_new("parent", req.route_params["id"])
    return client.create_check_status_response(req, started)


@app.orchestration_trigger(context_name="context")
def parent(context: df.DurableOrchestrationContext):
    """Has an activity start another orchestration."""
    return (yield context.call_activity("start_child", context.instance_id))


@app.activity_trigger(input_name="name")
@app.durable_client_input(client_name="client")
async def start_child(name: str, client: df.DurableOrchestrationClient) -> str:
    """An activity with a durable client."""
    return await client.start_new("child", f"{name}-child")


@app.orchestration_trigger(context_name="context")
def child(context: df.DurableOrchestrationContext):
    """Ends at once."""
    return "grown"
    yield
