"""The router as Azure Functions sees it: one app, made of its blueprints."""

import azure.durable_functions as df
import azure.functions as func

from router.durable import activities, orchestrators
from router.http import (
    health,
    instances,
    line_actions,
    lines,
    links,
    operations,
    recovery,
    releases,
    starts,
)

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
HTTP = (starts, instances, links, releases, lines, line_actions, operations, recovery, health)
for part in (*HTTP, orchestrators, activities):
    app.register_functions(part.bp)
