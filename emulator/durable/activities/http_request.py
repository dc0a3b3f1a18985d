"""The built-in activity behind `call_http`: one HTTP request, sent by the host.

Like the real extension for requests from Python, it follows redirects but does not poll after a
202.
"""

import json
import os
from typing import Any

import aiohttp

from emulator.durable.dotnet.exception import serialize_exception
from emulator.durable.dotnet.json_text import compact
from emulator.engine.model.executor import ActivityOutcome

TIMEOUT = aiohttp.ClientTimeout(total=100)
CONTENT_HEADERS = frozenset(
    {"content-type", "content-length", "content-encoding", "content-language", "expires"}
)


async def call(value: str | None) -> ActivityOutcome:
    """Make the recorded request, which fails only if there is no response at all."""
    request: dict[str, Any] = json.loads(value or "[{}]")[0]
    try:
        async with aiohttp.ClientSession(timeout=TIMEOUT) as session:
            headers = {**(request.get("headers") or {}), **await _authorization(session, request)}
            if request.get("content") is not None:
                headers.setdefault("Content-Type", "text/plain; charset=utf-8")
            async with session.request(
                request["method"], request["uri"], data=request.get("content"), headers=headers
            ) as response:
                return ActivityOutcome(result=await _recorded(response))
    except (aiohttp.ClientError, TimeoutError) as error:
        reason = f"{type(error).__name__}: {error}"
        return ActivityOutcome(reason=reason, details=serialize_exception(reason))


async def _recorded(response: aiohttp.ClientResponse) -> str:
    headers = {
        name: value
        for name, value in response.headers.items()
        if name.lower() not in CONTENT_HEADERS
    }
    return compact(
        {"statusCode": response.status, "headers": headers, "content": await response.text()}
    )


async def _authorization(session: aiohttp.ClientSession, request: dict[str, Any]) -> dict[str, str]:
    source = request.get("tokenSource")
    if not source:
        return {}
    params = {"resource": source["resource"], "api-version": "2019-08-01"}
    headers = {"X-IDENTITY-HEADER": os.environ.get("IDENTITY_HEADER", "")}
    endpoint = os.environ.get("IDENTITY_ENDPOINT", "http://127.0.0.1/")
    async with session.get(endpoint, params=params, headers=headers) as response:
        response.raise_for_status()
        return {"Authorization": f"Bearer {(await response.json())['access_token']}"}
