"""What a durable client binding gives to a function: hub, URLs and key, as one JSON text.

Owns its shape, which the SDK's client reads. Pure.
"""

from emulator.durable.api.links import Links
from emulator.durable.dotnet.json_text import compact

PLACEHOLDER = "INSTANCEID"


def client_binding(links: Links, rpc_base_url: str) -> str:
    """The binding's text; `rpc_base_url` is where the client's own calls go, without a key."""
    create = f"{links.base}/orchestrators/{{functionName}}[/{{instanceId}}]"
    wait = "timeout={timeoutInSeconds}&pollingInterval={intervalInSeconds}"
    code = f"code={links.key}"
    return compact(
        {
            "taskHubName": links.hub,
            "connectionName": None if links.connection == "Storage" else links.connection,
            "creationUrls": {
                "createNewInstancePostUri": f"{create}?{code}",
                "createAndWaitOnNewInstancePostUri": f"{create}?{wait}&{code}",
            },
            "managementUrls": links.of(PLACEHOLDER, with_rewind=True),
            "baseUrl": links.base,
            "requiredQueryStringParameters": code,
            "rpcBaseUrl": rpc_base_url,
        }
    )
