"""The gateway of the control plane: what every request needs and every response carries.

It handles tokens, api-version, throttling, faults, error shapes and headers, so that a handler
gets authorised calls only.
"""

import asyncio
import json
import logging
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus

from aiohttp import web

from emulator.arm.backend.cloud import Cloud
from emulator.arm.errors import AppServiceError, ArmError, bad_request
from emulator.arm.policies import faults, identity, throttling
from emulator.arm.policies.faults import Fault
from emulator.arm.requests.call import Call, Reply, Route, find

_log = logging.getLogger(__name__)
MAX_BODY_BYTES = 4 << 20


class ConnectionCut(Exception):
    """An injected fault cuts the connection, in the middle of `reply` or without a response."""

    def __init__(self, reply: Reply | None = None) -> None:
        super().__init__()
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Gateway:
    """The entry point of every control plane request."""

    cloud: Cloud
    routes: list[Route]

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Check a request, call its handler and send the response as ARM does."""
        began = time.monotonic()
        try:
            reply = await self._answer(request)
        except ArmError as error:
            reply = Reply(error.status, error.body(), error.headers)
        except ConnectionCut as cut:
            _log.info("%s %s connection cut", request.method, request.path)
            return await _cut(request, cut.reply)
        took = (time.monotonic() - began) * 1000
        _log.info("%s %s %d %.0f ms", request.method, request.path, reply.status, took)
        return _response(request, reply, self._left(request.method))

    async def _answer(self, request: web.Request) -> Reply:
        identity.check(
            self.cloud.secrets.key, request.headers.get("Authorization"), self.cloud.now()
        )
        if not request.query.get("api-version"):
            raise bad_request(
                "The api-version query parameter (?api-version=) is required for all requests.",
                "MissingApiVersionParameter",
            )
        handler, names = find(self.routes, request.method, request.path)
        self._throttle(request.method)
        fault = await inject_fault(self.cloud, request)
        call = Call(
            method=request.method,
            path=request.path,
            names=names,
            query=dict(request.query),
            body=await _body(request),
            base_url=f"{request.scheme}://{request.host}",
            effect=fault.effect if fault else None,
        )
        reply = await handler(self.cloud, call)
        if fault is not None and fault.effect in {"lost-answer", "cut-answer"}:
            raise ConnectionCut(reply if fault.effect == "cut-answer" else None)
        return reply

    def _throttle(self, method: str) -> None:
        kind = throttling.kind_of(method)
        taken, bucket = throttling.take(self.cloud.buckets.get(kind), kind, self.cloud.now())
        self.cloud.buckets[kind] = bucket
        if not taken:
            raise _throttled(throttling.retry_after(bucket, kind))

    def _left(self, method: str) -> tuple[str, int]:
        kind = throttling.kind_of(method)
        bucket = self.cloud.buckets.get(kind)
        return kind, int(bucket.tokens) if bucket else throttling.burst(kind)


async def inject_fault(cloud: Cloud, request: web.Request) -> Fault | None:
    """Return the fault that applies to a request, if any.

    Raises ArmError or ConnectionCut for a fault that replaces the handling of the request.
    """
    fault, cloud.faults = faults.take(cloud.faults, request.method, request.path)
    if fault is not None:
        _log.info("fault: %s %s %s", request.method, request.path, fault)
        if fault.effect == "silence":
            await _hang(request)
        _raise_for(fault)
    return fault


async def _hang(request: web.Request) -> None:
    while request.transport is not None and not request.transport.is_closing():  # noqa: ASYNC110
        await asyncio.sleep(0.05)  # no event reports that the caller has disconnected
    raise ConnectionCut


def _raise_for(fault: Fault) -> None:
    """Raise the error of a fault that replaces the handling of a request."""
    if fault.effect == "throttle":
        raise _throttled(fault.retry_after or 1)
    if fault.effect == "throttle-plan":
        message = "App Service Plan Create operation is throttled for subscription."
        raise AppServiceError(429, "429", message, "51025")
    if fault.effect == "quota":
        message = "Operation cannot be completed without additional quota. \r\nAdditional details"
        raise AppServiceError(401, "Unauthorized", message)
    if fault.effect == "quota-of-plans":
        message = "The maximum number of Dynamic ServerFarms allowed in a Subscription is 100."
        raise AppServiceError(409, "Conflict", message, "59301")
    if fault.effect == "status":
        wait = {} if fault.retry_after is None else {"Retry-After": str(fault.retry_after)}
        code = HTTPStatus(fault.status).phrase.replace(" ", "")
        raise ArmError(fault.status, code, "Injected fault.", wait)
    if fault.effect == "reset":
        raise ConnectionCut


def _throttled(seconds: int) -> ArmError:
    message = f"The request was throttled. Please retry after {seconds} seconds."
    return ArmError(429, "TooManyRequests", message, {"Retry-After": str(seconds)})


async def _body(request: web.Request) -> object:
    try:
        text = await request.text()
        return json.loads(text) if text else None
    except web.HTTPRequestEntityTooLarge as error:
        message = f"The request content exceeds the limit of {MAX_BODY_BYTES} bytes."
        raise ArmError(413, "RequestContentTooLarge", message) from error
    except ValueError as error:
        message = f"The request content was invalid and could not be deserialized: '{error}'."
        raise bad_request(message, "InvalidRequestContent") from error


async def _cut(request: web.Request, reply: Reply | None) -> web.StreamResponse:
    if request.transport is None:
        return web.Response(status=500)
    if reply is None:
        request.transport.abort()
        return web.Response(status=500)
    text = json.dumps(reply.body).encode()
    answer = web.StreamResponse(status=reply.status, headers=dict(reply.headers))
    answer.content_type, answer.content_length = "application/json", len(text)
    await answer.prepare(request)
    await answer.write(text[: len(text) // 2])
    request.transport.close()
    return answer


def _response(request: web.Request, reply: Reply, left: tuple[str, int]) -> web.Response:
    text = "" if reply.body is None or request.method == "HEAD" else json.dumps(reply.body)
    response = web.Response(
        status=reply.status,
        text=text,
        content_type="application/json" if text else "text/plain",
        headers=dict(reply.headers),
    )
    request_id = str(uuid.uuid4())
    response.headers["x-ms-request-id"] = request_id
    response.headers["x-ms-correlation-request-id"] = request_id
    response.headers[f"x-ms-ratelimit-remaining-subscription-{left[0]}"] = str(left[1])
    if caller := request.headers.get("x-ms-client-request-id"):
        response.headers["x-ms-client-request-id"] = caller
    return response
