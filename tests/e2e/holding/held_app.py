"""The router, hosted with doors at the moments that matter between a start and a retirement.

Staged as the function_app.py of an app whose directory has the router's own one beside it. Whoever
comes to a door that is shut waits until it is opened, and leaves word that it is there.
"""

import asyncio
import contextlib
from pathlib import Path

from whole_app import app as app  # noqa: PLC0414 - the host looks for it here

from router.apps.client import AppClient
from router.apps.drain_marks import DrainMarks
from router.azure.storage.catalog import TableCatalog
from router.domain.line_states import LineState
from router.domain.model import Line
from router.ports import Route

_DOORS = Path(__file__).parent / "doors"
_replace_line, _route, _take = TableCatalog.replace_line, AppClient.route, DrainMarks.mark


async def _pass(line: Line, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):  # the door is open
        while True:
            with (_DOORS / f"{line.id}-{name}").open("r+", encoding="utf-8") as door:
                door.write("somebody waits")
            await asyncio.sleep(0.02)


async def _replaced(catalog: TableCatalog, line: Line) -> Line:
    if line.state is not LineState.RETIRING:
        return await _replace_line(catalog, line)
    await _pass(line, "before the fence")
    written = await _replace_line(catalog, line)
    await _pass(line, "behind the fence")
    return written


async def _noted(notes: DrainMarks, line: Line) -> bool:
    await _pass(line, "before the note")
    return await _take(notes, line)


async def _routed(client: AppClient, line: Line) -> Route:
    await _pass(line, "on the way")
    return await _route(client, line)


TableCatalog.replace_line = _replaced
AppClient.route = _routed
DrainMarks.mark = _noted
