"""Loading of a function app from its package: settings, host.json, log levels, code, routes."""

import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from emulator.host.configuration import host_json, logs
from emulator.host.configuration.settings import app_settings, expand
from emulator.host.errors import PackageFailed
from emulator.host.functions.function import FunctionInfo
from emulator.host.functions.worker import Worker
from emulator.host.routing.routes import Routes

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

    @property
    def functions(self) -> Mapping[str, FunctionInfo]:
        """The functions of the app by name."""
        return self.worker.functions if self.worker else {}


def load(package: Path) -> App:
    """Load an app into this process and turn its settings into environment variables."""
    app = App(package, dict(os.environ))
    try:
        app = replace(app, settings=app_settings(package, os.environ))
        os.environ.update(app.settings)
        app = replace(app, document=host_json.load(package, app.settings))
        logs.configure(app.document)
        app = replace(app, worker=Worker.load(package))
        return replace(app, routes=_routes(app))
    except PackageFailed as error:
        # The cause has the traceback of the user's code.
        log.exception("%s", error, exc_info=error.__cause__ or False)  # noqa: TRY401
        return replace(app, problem=str(error))


def _routes(app: App) -> Routes:
    prefix = host_json.section(app.document, "extensions", "http", "routePrefix")
    functions = [
        replace(function, route=expand(function.route, app.settings))
        for function in app.functions.values()
        if function.route is not None
    ]
    return Routes(functions, DEFAULT_PREFIX if prefix is None else str(prefix))
