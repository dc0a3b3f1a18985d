"""The router's identity in Azure: its function app's, or the developer's on a laptop.

AZURE_CLIENT_ID selects a user-assigned identity, as everywhere in Azure.
"""

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity.aio import DefaultAzureCredential


def identity() -> AsyncTokenCredential:
    """Return a credential that tries only the sources of a function app or a developer's CLI.

    Trying fewer sources makes it fail fast.
    """
    credential: AsyncTokenCredential = DefaultAzureCredential(
        exclude_visual_studio_code_credential=True,
        exclude_shared_token_cache_credential=True,
        exclude_powershell_credential=True,
        exclude_interactive_browser_credential=True,
        exclude_broker_credential=True,
    )
    return credential
