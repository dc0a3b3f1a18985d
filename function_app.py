"""The router as Azure Functions sees it: one app, made of its blueprints."""

import azure.durable_functions as df
import azure.functions as func

from router.durable import activities
from router.http import links, operations, recovery

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
for part in (client, links, operations, orders, recovery, orchestrations, activities):
    app.register_functions(part.bp)
