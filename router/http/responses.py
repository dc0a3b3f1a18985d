"""HTTP answers: JSON, problems, the headers that say which line answered.

Turns every error into application/problem+json; nothing of a stack, a key or a host gets out.
Knows no routes.
"""

import functools
import json
import logging
import math
from collections.abc import Callable, Coroutine, Mapping
from typing import Any, Concatenate, ParamSpec
from urllib.parse import urlsplit

import azure.functions as func

from router import unexpected
from router.domain.errors import PlatformBusy, PlatformFailed, RouterError, Unavailable, Unreadable
from router.domain.version import LineId
from router.settings import SettingsInvalid

_log = logging.getLogger("router.http")
P = ParamSpec("P")
Handler = Callable[Concatenate[func.HttpRequest, P], Coroutine[Any, Any, func.HttpResponse]]


def answering(handler: Handler[P]) -> Any:
    """The handler, with its errors as problems; its signature stays, for Functions reads it."""

    @functools.wraps(handler)
    async def answer(req: func.HttpRequest, *args: P.args, **kwargs: P.kwargs) -> func.HttpResponse:
        try:
            return await handler(req, *args, **kwargs)
        except RouterError as error:
            return problem(error)
        except Unreadable as error:
            _log.warning("%s %s: %s", req.method, urlsplit(req.url).path, error)
            detail = "A store of the router can't be read just now. Nothing was changed. Try again."
            return problem(Unavailable("store-unavailable", detail))
        except (PlatformBusy, PlatformFailed) as error:
            _log.warning("%s %s: %s", req.method, urlsplit(req.url).path, error)
            return problem(_azure_unavailable(error))
        except SettingsInvalid as error:
            _log.error("%s", error)
            detail = f"The router's settings are not usable. {'; '.join(error.problems)}"
            return problem(RouterError(500, "settings-invalid", detail))
        except Exception as error:  # noqa: BLE001 - the caller gets an answer, the log the rest
            unexpected.log(f"{req.method} {urlsplit(req.url).path}", error)
            detail = "The router failed on this request; its log says where. Try again."
            return problem(RouterError(500, "internal-error", detail))

    return answer


def _azure_unavailable(error: PlatformBusy | PlatformFailed) -> Unavailable:
    pause = getattr(error, "retry_after", None) or 5
    detail = "Azure does not tell how to reach the line's app just now. Nothing was changed."
    return Unavailable("azure-unavailable", f"{detail} Try again.", retry_after=math.ceil(pause))


def problem(error: RouterError) -> func.HttpResponse:
    """RFC 9457, with Retry-After where trying again helps."""
    headers = {} if error.retry_after is None else {"Retry-After": str(error.retry_after)}
    line = error.about or error.fields.get("line")
    headers |= {"X-App-Line": str(line)} if line else {}
    body = json.dumps(error.as_problem(), ensure_ascii=False)
    return func.HttpResponse(
        body, status_code=error.status, headers=headers, mimetype="application/problem+json"
    )


def answer_json(
    body: Any, status: int = 200, headers: Mapping[str, str] | None = None
) -> func.HttpResponse:
    return func.HttpResponse(
        json.dumps(body, ensure_ascii=False),
        status_code=status,
        headers=dict(headers or {}),
        mimetype="application/json",
    )


def line_headers(line: LineId | None, version: object | None = None) -> dict[str, str]:
    """X-App-Line, and X-App-Version once it is known which release serves."""
    headers = {} if line is None else {"X-App-Line": str(line)}
    return headers if version is None else headers | {"X-App-Version": str(version)}


def own_url(req: func.HttpRequest) -> str:
    """Where this router answers, as the caller sees it: https://host/api."""
    parts = urlsplit(req.url)
    return f"{parts.scheme}://{parts.netloc}/api"
