"""The built-in activity behind `call_http`: one HTTP request, made by the host.

Owns the request's and the answer's recorded forms, and the managed identity's token. A redirect
is followed, a 202 is not polled: so the real extension treats requests from Python.
"""

import json
import os
from typing import Any

import aiohttp

from emulator.durable.dotnet.exception import serialized
from emulator.durable.dotnet.json_text import compact
from emulator.engine.model.executor import ActivityOutcome

TIMEOUT = aiohttp.ClientTimeout(total=100)
CONTENT_HEADERS = frozenset(
    {"content-type", "content-length", "content-encoding", "content-language", "expires"}
)


async def call(value: str | None) -> ActivityOutcome:
    """Make the recorded request; no answer at all is a failure, any status is a result."""
    request: dict[str, Any] = json.loads(value or "[{}]")[0]
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            headers = {**(request.get("headers") or {}), **await _authorization(session, request)}
            if request.get("content") is not None:
                headers.setdefault("Content-Type", "text/plain; charset=utf-8")
            async with session.request(
                request["method"], request["uri"], data=request.get("content"), headers=headers
            ) as answer:
                return ActivityOutcome(result=await _recorded(answer))
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = f"{type(error).__name__}: {error}"
        return ActivityOutcome(reason=reason, details=serialized(reason))


async def _recorded(answer: aiohttp.ClientResponse) -> str:
    headers = {
        name: value for name, value in answer.headers.items() if name.lower() not in CONTENT_HEADERS
    }
    return compact(
        {"statusCode": answer.status, "headers": headers, "content": await answer.text()}
    )


async def _authorization(session: aiohttp.ClientSession, request: dict[str, Any]) -> dict[str, str]:
    source = request.get("tokenSource")
    if not source:
        return {}
    question = {"resource": source["resource"], "api-version": "2019-08-01"}
    proof = {"X-IDENTITY-HEADER": os.environ.get("IDENTITY_HEADER", "")}
    endpoint = os.environ.get("IDENTITY_ENDPOINT", "http://127.0.0.1/")
    async with session.get(endpoint, params=question, headers=proof) as answer:
        answer.raise_for_status()
        return {"Authorization": f"Bearer {(await answer.json())['access_token']}"}
