"""An app as teams write them: starters and clients of its own, an entity, a class as input.

Its line is in the setting RELEASE_LINE.
"""

import os

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.ANONYMOUS)
LINE = os.environ["RELEASE_LINE"]
SINGLETON = "the-monitor"


class Order:
    """An order, whose form the SDK stores beside the name of its class."""

    def __init__(self, item: str) -> None:
        self.item = item

    @staticmethod
    def to_json(order: "Order") -> str:
        return order.item

    @staticmethod
    def from_json(text: str) -> "Order":
        return Order(text)


@app.route(route="ensure")
@app.durable_client_input(client_name="client")
async def ensure(req: func.HttpRequest, client: df.DurableOrchestrationClient) -> func.HttpResponse:
    """Start the singleton unless it runs."""
    found = await client.get_status(SINGLETON)
    if found and found.runtime_status:
        return func.HttpResponse("was there")
    await client.start_new("monitor", SINGLETON, LINE)
    return func.HttpResponse("started")


@app.route(route="own/{name}", methods=["POST"])
@app.durable_client_input(client_name="client")
async def own_starter(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    started = await client.start_new(req.route_params["name"], client_input=req.get_json())
    return client.create_check_status_response(req, started)


@app.orchestration_trigger(context_name="context")
def monitor(context: df.DurableOrchestrationContext):
    yield context.wait_for_external_event("stop")
    return context.get_input()


@app.orchestration_trigger(context_name="context", orchestration="Shop.Basket")
def basket(context: df.DurableOrchestrationContext):
    return (yield context.call_entity(df.EntityId("cart", "all"), "add", context.get_input()))


@app.orchestration_trigger(context_name="context", orchestration="_priced")
def priced(context: df.DurableOrchestrationContext):
    return (yield context.call_activity("price", context.get_input()))


@app.activity_trigger(input_name="order")
def price(order: Order) -> str:
    return f"{type(order).__name__} of {order.item}"


@app.entity_trigger(context_name="context")
def cart(context: df.DurableEntityContext):
    """Keep a number on line 1.0, and a list on later ones."""
    if LINE == "1.0":
        state = context.get_state(lambda: 0) + 1
        context.set_result(state)
    else:
        state = [*context.get_state(list), context.get_input()]
        context.set_result(len(state))
    context.set_state(state)
