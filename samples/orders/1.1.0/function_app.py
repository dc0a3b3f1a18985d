"""Orders, release 1.1.0: charge first, reserve only what is paid for.

`charge` takes a payment instead of an order and returns a receipt, and the first two steps are
swapped. The history of an order that began on 1.0 does not match, so replaying it with this code
would fail: a breaking change, so the minor part of the version is incremented.
"""

import datetime as dt

import azure.durable_functions as df
import azure.functions as func

RELEASE = "1.1.0"
ONE_BOOK = {"item": "book", "quantity": 1, "price": 19.9, "shipsWithinSeconds": 3 * 24 * 3600}

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.orchestration_trigger(context_name="context")
def order(context: df.DurableOrchestrationContext):
    wanted = ONE_BOOK | (context.get_input() or {})
    paid = yield context.call_activity("charge", payment(wanted))
    reserved = yield context.call_activity("reserve_stock", wanted)

    shipped = context.wait_for_external_event("shipped")
    if wanted["shipsWithinSeconds"] is None:
        yield shipped
    else:
        within = dt.timedelta(seconds=wanted["shipsWithinSeconds"])
        too_late = context.create_timer(context.current_utc_datetime + within)
        first = yield context.task_any([shipped, too_late])
        if first == too_late:
            yield context.call_activity("refund", paid)
            return {"release": RELEASE, "state": "refunded", "reserved": reserved, "charged": 0}
        too_late.cancel()  # or the instance would be held open until the deadline
    charged = paid["amount"]
    return {"release": RELEASE, "state": "shipped", "reserved": reserved, "charged": charged}


@app.orchestration_trigger(context_name="context")
def quick_order(context: df.DurableOrchestrationContext):
    wanted = ONE_BOOK | (context.get_input() or {})
    paid = yield context.call_activity("charge", payment(wanted))
    reserved = yield context.call_activity("reserve_stock", wanted)
    charged = paid["amount"]
    return {"release": RELEASE, "state": "collected", "reserved": reserved, "charged": charged}


def payment(wanted: dict) -> dict:
    amount = round(wanted["quantity"] * wanted["price"], 2)
    return {"amount": amount, "currency": wanted.get("currency", "EUR")}


@app.activity_trigger(input_name="wanted")
def reserve_stock(wanted: dict) -> str:
    return f"{wanted['quantity']} x {wanted['item']}"


@app.activity_trigger(input_name="payment")
def charge(payment: dict) -> dict:
    return {"amount": payment["amount"], "currency": payment["currency"]}


@app.activity_trigger(input_name="receipt")
def refund(receipt: dict) -> str:
    return f"refunded {receipt['amount']} {receipt['currency']}"
