"""The route that rebuilds a lost catalog. It requires the ops key."""

import azure.durable_functions as df
import azure.functions as func

from router.context import Context
from router.domain.errors import PlatformBusy, PlatformFailed, Unavailable
from router.http.endpoint import endpoint
from router.http.responses import answer_json
from router.recovery.service import recover

bp = df.Blueprint()


@endpoint(bp, "ops_rebuild", "catalog/rebuild", "POST")
async def rebuild(context: Context, _: func.HttpRequest) -> func.HttpResponse:
    """Rebuild the catalog and return what was added and the leftovers in Azure."""
    try:
        found = await recover(context)
    except (PlatformBusy, PlatformFailed) as error:
        raise Unavailable("azure-unavailable", f"{error} Nothing was changed.") from error
    await context.snapshots.refresh()
    return answer_json(
        {
            "lines": [str(line.id) for line in found.lines],
            "releases": [str(release.version) for release in found.releases],
            "leftOver": [resource.name for resource in found.left_over],
        }
    )
