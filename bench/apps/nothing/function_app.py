"""An app whose orchestrations do as little as possible, so that only starting them is measured."""

import azure.durable_functions as df
import azure.functions as func

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.orchestration_trigger(context_name="context")
def nothing(context: df.DurableOrchestrationContext) -> str:
    """End at once."""
    return "done"


@app.orchestration_trigger(context_name="context")
def wait(context: df.DurableOrchestrationContext):  # type: ignore[no-untyped-def]
    """End after the event `go`."""
    yield context.wait_for_external_event("go")


@app.activity_trigger(input_name="value")
def unused(value: str) -> str:
    """Exist, because every app has activities."""
    return value
