"""The routes that show lines. They require the ops key."""

from collections.abc import Sequence

import azure.durable_functions as df
import azure.functions as func

from router.context import Context
from router.domain.model import Line, Verdict
from router.domain.version import parse_line
from router.http import views
from router.http.endpoint import endpoint
from router.http.responses import answer_json, line_headers
from router.line_rows import get_line
from router.lines import monitor

bp = df.Blueprint()


@endpoint(bp, "ops_lines", "lines", "GET")
async def lines(context: Context, _: func.HttpRequest) -> func.HttpResponse:
    """List all lines, the lowest first, without their events: one listing, however many."""
    found = sorted(await context.catalog.lines(), key=lambda line: line.id)
    return answer_json({"lines": [_without_events(context, each, found) for each in found]})


@endpoint(bp, "ops_line", "lines/{line}", "GET")
async def line(context: Context, req: func.HttpRequest) -> func.HttpResponse:
    """Show one line."""
    found = await get_line(context.catalog, parse_line(req.route_params["line"]))
    others = await context.catalog.lines() if _is_drained(found) else ()
    shown = await _shown(context, found, others)
    return answer_json(shown, headers=line_headers(found.id, found.release))


async def _shown(context: Context, shown: Line, all_lines: Sequence[Line]) -> views.Json:
    events = await context.catalog.events(shown.id)
    return views.line(shown, events, _why_kept(context, shown, all_lines))


def _without_events(context: Context, shown: Line, all_lines: Sequence[Line]) -> views.Json:
    view = views.line(shown, (), _why_kept(context, shown, all_lines))
    del view["events"]
    return view


def _why_kept(context: Context, shown: Line, all_lines: Sequence[Line]) -> str | None:
    return monitor.why_kept(context, shown, all_lines) if _is_drained(shown) else None


def _is_drained(shown: Line) -> bool:
    return shown.drain is not None and shown.drain.verdict is Verdict.DRAINED
