"""The operators' route for a catalog that was lost. The platform asks for their key."""

import azure.durable_functions as df
import azure.functions as func

from router.azure.orchestrations import HubOrchestrations
from router.bootstrap import services
from router.domain.errors import PlatformBusy, PlatformFailed, Unavailable
from router.http.responses import answer_json, answering
from router.recovery.service import recover

bp = df.Blueprint()


@bp.function_name("ops_rebuild")
@bp.route("catalog/rebuild", methods=["POST"])
@bp.durable_client_input(client_name="client")
@answering
async def rebuild(
    req: func.HttpRequest, client: df.DurableOrchestrationClient
) -> func.HttpResponse:
    """Add what the catalog does not know; 200 with that, and with what is left over in Azure."""
    try:
        found = await recover(services(), HubOrchestrations(client))
    except (PlatformBusy, PlatformFailed) as error:
        raise Unavailable("azure-unavailable", f"{error} Nothing was changed.") from error
    await services().snapshots.refresh()
    return answer_json(
        {
            "lines": [str(line.id) for line in found.lines],
            "releases": [str(release.version) for release in found.releases],
            "leftOver": [resource.name for resource in found.left_over],
        }
    )
