"""An app with one function for each thing that the host does with HTTP."""

import json
import logging
import os
import threading
import time
from pathlib import Path

import azure.functions as func
from words import GREETING

app = func.FunctionApp(http_auth_level=func.AuthLevel.FUNCTION)


@app.route(route="echo/{id:int}/{part?}", auth_level="ANONYMOUS", methods=["GET", "POST"])
async def echo(req: func.HttpRequest) -> func.HttpResponse:
    """Return the request as the function gets it."""
    seen = {
        "method": req.method,
        "url": req.url,
        "x": req.headers.get("X-Thing"),
        "params": dict(req.params),
        "route": dict(req.route_params),
        "length": len(req.get_body()),
        "body": req.get_body()[:100].decode(),
    }
    return func.HttpResponse(json.dumps(seen), mimetype="application/json")


@app.route(route="answer", auth_level="ANONYMOUS")
async def answer(req: func.HttpRequest) -> func.HttpResponse:
    """Status and headers of the function's own choosing."""
    status = int(req.params.get("status", "201"))
    return func.HttpResponse("an answer", status_code=status, headers={"X-Thing": "1"})


@app.route(route="client", methods=["GET"])
def client(req: func.HttpRequest) -> str:
    """Behind a function key."""
    return GREETING


@app.route(route="ops")
def ops(req: func.HttpRequest) -> str:
    """Behind another function's key."""
    return GREETING


@app.route(route="root", auth_level="ADMIN")
def root(req: func.HttpRequest) -> str:
    """Behind the master key."""
    return GREETING


@app.route(route="where", auth_level="ANONYMOUS")
def where(req: func.HttpRequest) -> str:
    """Where sync code runs: directory, beside the loop or not, settings."""
    on_main = threading.current_thread() is threading.main_thread()
    here = Path.cwd() == Path(__file__).parent
    return json.dumps([here, on_main, os.environ.get("LOCAL"), os.environ.get("BOTH")])


@app.route(route="%SHELF%/book", auth_level="ANONYMOUS")
def shelf(req: func.HttpRequest) -> str:
    """A route that a setting is part of."""
    return GREETING


@app.route(route="fail", auth_level="ANONYMOUS")
def fail(req: func.HttpRequest) -> str:
    """Code that raises."""
    logging.warning("about to fail at %s", req.url)  # noqa: LOG015 - as apps do
    raise LookupError("nothing on the shelf")


@app.route(route="sleep/{seconds:int}", auth_level="ANONYMOUS")
def sleep(req: func.HttpRequest) -> str:
    """Code that takes its time."""
    print("asleep", flush=True)
    time.sleep(int(req.route_params["seconds"]))
    return "rested"


@app.route(route="die", auth_level="ANONYMOUS")
def die(req: func.HttpRequest) -> str:
    """Code that ends its process."""
    os._exit(3)
