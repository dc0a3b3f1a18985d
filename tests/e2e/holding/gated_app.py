"""The router with gates at the critical moments between a start and a retirement.

It is the function_app.py of an app directory with the router's own beside it. Whatever comes to a
closed gate writes into its file, and waits until it is opened.
"""

import asyncio
import contextlib
from pathlib import Path
from typing import Any

from whole_app import app as app  # noqa: PLC0414 - the host looks for it here

from router.apps.client import AppClient
from router.apps.drain_marks import DrainMarks
from router.azure.storage.catalog import TableCatalog
from router.domain.line_states import LineState
from router.domain.model import Line
from router.ports import Answer

_GATES = Path(__file__).parent / "gates"
_replace_line, _start, _mark = TableCatalog.replace_line, AppClient.start, DrainMarks.mark


async def _pass(line: Line, name: str) -> None:
    with contextlib.suppress(FileNotFoundError):  # the gate is open
        while True:
            with (_GATES / f"{line.id}-{name}").open("r+", encoding="utf-8") as gate:
                gate.write("waiting")
            await asyncio.sleep(0.02)


async def _replace_gated(catalog: TableCatalog, line: Line) -> Line:
    if line.state is not LineState.RETIRING:
        return await _replace_line(catalog, line)
    await _pass(line, "before-fence")
    written = await _replace_line(catalog, line)
    await _pass(line, "after-fence")
    return written


async def _mark_gated(marks: DrainMarks, line: Line) -> bool:
    await _pass(line, "before-mark")
    return await _mark(marks, line)


async def _start_gated(client: AppClient, line: Line, *start: Any, until: float) -> Answer | None:
    await _pass(line, "before-forward")
    return await _start(client, line, *start, until=until)


for _owner, _name, _gated in (
    (TableCatalog, "replace_line", _replace_gated),
    (AppClient, "start", _start_gated),
    (DrainMarks, "mark", _mark_gated),
):
    setattr(_owner, _name, _gated)
