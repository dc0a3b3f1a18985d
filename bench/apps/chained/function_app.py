"""An app whose orchestrations are under way for some seconds: activities, a timer, activities."""

import datetime as dt

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.orchestration_trigger(context_name="context")
def chained(context: df.DurableOrchestrationContext):  # type: ignore[no-untyped-def]
    """Call two activities before a timer and two after it."""
    for number in range(2):
        yield context.call_activity("work", str(number))
    yield context.create_timer(context.current_utc_datetime + dt.timedelta(seconds=1))
    for number in range(2):
        yield context.call_activity("work", str(number))
    return "done"


@app.activity_trigger(input_name="value")
def work(value: str) -> str:
    """Return the value."""
    return value
