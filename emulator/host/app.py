"""Loading of a function app from its package: settings, host.json, log levels, code, routes."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emulator.host.configuration import disabled, host_json
from emulator.host.configuration.settings import app_settings, expand
from emulator.host.errors import PackageFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.functions.time_limit import time_limit
from emulator.host.functions.worker import Worker, warn_of_unrun
from emulator.host.functions.worker_command import worker_command
from emulator.host.routing.routes import Routes
from emulator.worker import logs

DEFAULT_PREFIX = "api"

log = logging.getLogger("Host.Startup")


@dataclass(frozen=True, slots=True)
class App:
    """A loaded app. `problem` is None if it can serve, `worker` is None if loading failed."""

    package: Path
    settings: Mapping[str, str]
    document: Mapping[str, Any] = field(default_factory=dict)
    worker: Worker | None = None
    routes: Routes = field(default_factory=lambda: Routes((), ""))
    problem: str | None = None
    disabled: frozenset[str] = frozenset()  # names of functions

    @property
    def functions(self) -> Mapping[str, FunctionInfo]:
        """The functions of the app by name."""
        return self.worker.functions if self.worker else {}


async def load(package: Path, installed: Path | None = None) -> App:
    """Load an app and turn its settings into environment variables. Raises NotIndexed.

    `installed`: as for `worker_command`.
    """
    app = App(package, dict(os.environ))
    try:
        app = replace(app, settings=app_settings(package, os.environ))
        os.environ.update(app.settings)
        app = replace(app, document=host_json.load(package, app.settings))
        levels = host_json.log_levels(app.document)
        logs.configure(levels)
        limit = time_limit(app.document, app.settings)
        command = worker_command(package, app.settings, levels, installed)
        app = replace(app, worker=await Worker.start(command, limit))
        _check_names(app.functions)
        names = filter(disabled.by(app.settings), app.functions)
        app = replace(app, disabled=frozenset(names))
        warn_of_unrun(app.functions)
        return replace(app, routes=_routes(app))
    except PackageFailed as error:
        log.exception("%s", error, exc_info=error.__cause__ or False)  # noqa: TRY401
        return replace(app, problem=str(error))


def _check_names(functions: Mapping[str, FunctionInfo]) -> None:
    if len({name.lower() for name in functions}) < len(functions):
        raise PackageFailed("System.Linq: Sequence contains more than one matching element.")


def _routes(app: App) -> Routes:
    prefix = host_json.section(app.document, "extensions", "http", "routePrefix")
    functions = [
        replace(function, route=expand(function.route, app.settings))
        for function in app.functions.values()
        if function.route is not None
    ]
    return Routes(functions, DEFAULT_PREFIX if prefix is None else str(prefix))
