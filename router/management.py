"""What is asked of one instance goes to its line's app, with that app's key.

A key that was refused is listed anew, and the same asked once more. Knows nothing of what is asked.
"""

from collections.abc import Mapping

from router.core.model import Line
from router.ports import Answer
from router.services import Services


async def manage(
    services: Services,
    line: Line,
    method: str,
    path: str,
    query: Mapping[str, str],
    body: bytes = b"",
) -> Answer:
    """One request to Durable's management API, `path` such as instances/x/terminate; whatever the
    answer is. Raises Unavailable, PlatformBusy or PlatformFailed where there is none."""
    for _ in range(2):
        route = await services.forwarding.route(line)
        answer = await services.upstream.manage(route, method, path, query, body)
        if answer.status != 401:
            break
        services.keys.forget(line.function_app)
    return answer


async def terminate(services: Services, line: Line, instance_id: str, reason: str) -> Answer:
    """Ask the app to end an instance."""
    path = f"instances/{instance_id}/terminate"
    return await manage(services, line, "POST", path, {"reason": reason})
