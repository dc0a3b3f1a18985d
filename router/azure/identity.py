"""Who the router is in Azure: the identity of its function app, or of whoever runs it on a laptop.

A user-assigned identity is picked by AZURE_CLIENT_ID, as everywhere in Azure.
"""

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential


def identity() -> AsyncTokenCredential:
    """A credential that gives up quickly: only what a function app or a developer's CLI has."""
    credential: AsyncTokenCredential = DefaultAzureCredential(
        exclude_visual_studio_code_credential=True,
        exclude_shared_token_cache_credential=True,
        exclude_powershell_credential=True,
        exclude_interactive_browser_credential=True,
        exclude_broker_credential=True,
    )
    return credential
