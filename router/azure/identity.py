"""The router's identity in Azure: its function app's, or the developer's on a laptop.

AZURE_CLIENT_ID selects a user-assigned identity, as everywhere in Azure.
"""

from azure.core.credentials_async import AsyncTokenCredential
from azure.identity import AzureAuthorityHosts
from azure.identity.aio import DefaultAzureCredential

from router.domain.cloud import Cloud

_AUTHORITIES = {
    Cloud.US_GOVERNMENT: AzureAuthorityHosts.AZURE_GOVERNMENT,
    Cloud.CHINA: AzureAuthorityHosts.AZURE_CHINA,
}


def identity(cloud: Cloud = Cloud.PUBLIC) -> AsyncTokenCredential:
    """Return a credential that tries only the sources of a function app or a developer's CLI.

    Trying fewer sources makes it fail fast. In the public cloud, AZURE_AUTHORITY_HOST counts.
    """
    credential: AsyncTokenCredential = DefaultAzureCredential(
        authority=_AUTHORITIES.get(cloud),
        exclude_visual_studio_code_credential=True,
        exclude_shared_token_cache_credential=True,
        exclude_powershell_credential=True,
        exclude_interactive_browser_credential=True,
        exclude_broker_credential=True,
    )
    return credential
