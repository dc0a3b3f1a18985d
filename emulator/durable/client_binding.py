"""The value of a durable client binding: hub, URLs and key as the JSON text that the SDK reads."""

from emulator.durable.api.exchange.links import Links
from emulator.durable.dotnet.json_text import compact

PLACEHOLDER = "INSTANCEID"


def client_binding(links: Links, rpc_base_url: str) -> str:
    """Return the binding's text. The client calls `rpc_base_url` without a key."""
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
