"""The router as Azure Functions sees it: one app, made of its blueprints."""

import azure.durable_functions as df
import azure.functions as func

from router.blueprints import activities, client, links, operations, orchestrations, orders

app = df.DFApp(http_auth_level=func.AuthLevel.FUNCTION)
for blueprint in (client.bp, links.bp, operations.bp, orders.bp, orchestrations.bp, activities.bp):
    app.register_functions(blueprint)
