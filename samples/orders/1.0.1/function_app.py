"""Orders, release 1.0.1: as 1.0.0, but charges whole cents.

Three items at 19.90 were charged as 59.699999999999996. Only the body of an activity changes, so
instances that began on 1.0.0 continue with this code: a patch, deployed in place.
"""

import datetime as dt

import azure.durable_functions as df
import azure.functions as func

RELEASE = "1.0.1"
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
    return round(wanted["quantity"] * wanted["price"], 2)


@app.activity_trigger(input_name="amount")
def refund(amount: float) -> str:
    return f"refunded {amount}"
