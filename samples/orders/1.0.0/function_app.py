"""Orders, release 1.0.0: reserve stock, charge, wait until the warehouse has shipped.

`order` may wait for days. `quick_order` is collected by the customer and does not wait.
"""

import datetime as dt

import azure.durable_functions as df
import azure.functions as func

RELEASE = "1.0.0"
ONE_BOOK = {"item": "book", "quantity": 1, "price": 19.9, "shipsWithinSeconds": 3 * 24 * 3600}

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.orchestration_trigger(context_name="context")
def order(context: df.DurableOrchestrationContext):
    wanted = ONE_BOOK | (context.get_input() or {})
    reserved = yield context.call_activity("reserve_stock", wanted)
    charged = yield context.call_activity("charge", wanted)

    shipped = context.wait_for_external_event("shipped")
    if wanted["shipsWithinSeconds"] is None:
        yield shipped
    else:
        within = dt.timedelta(seconds=wanted["shipsWithinSeconds"])
        too_late = context.create_timer(context.current_utc_datetime + within)
        first = yield context.task_any([shipped, too_late])
        if first == too_late:
            yield context.call_activity("refund", charged)
            return {"release": RELEASE, "state": "refunded", "reserved": reserved, "charged": 0}
        too_late.cancel()  # or the instance would be held open until the deadline
    return {"release": RELEASE, "state": "shipped", "reserved": reserved, "charged": charged}


@app.orchestration_trigger(context_name="context")
def quick_order(context: df.DurableOrchestrationContext):
    wanted = ONE_BOOK | (context.get_input() or {})
    reserved = yield context.call_activity("reserve_stock", wanted)
    charged = yield context.call_activity("charge", wanted)
    return {"release": RELEASE, "state": "collected", "reserved": reserved, "charged": charged}


@app.activity_trigger(input_name="wanted")
def reserve_stock(wanted: dict) -> str:
    return f"{wanted['quantity']} x {wanted['item']}"


@app.activity_trigger(input_name="wanted")
def charge(wanted: dict) -> float:
    return wanted["quantity"] * wanted["price"]


@app.activity_trigger(input_name="amount")
def refund(amount: float) -> str:
    return f"refunded {amount}"
