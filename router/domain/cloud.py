"""The clouds that Azure is offered in, by the names of the Azure CLI."""

from enum import StrEnum


class Cloud(StrEnum):
    """A cloud of its own, with its own endpoints."""

    PUBLIC = "AzureCloud"
    US_GOVERNMENT = "AzureUSGovernment"
    CHINA = "AzureChinaCloud"

    @property
    def storage_suffix(self) -> str:
        """Return what follows account and service in the host names of storage accounts."""
        return _STORAGE_SUFFIXES[self]

    def storage_url(self, account: str, service: str) -> str:
        """Return the URL of a storage account's `blob`, `queue` or `table` service."""
        return f"https://{account}.{service}.{self.storage_suffix}"


_STORAGE_SUFFIXES = {
    Cloud.PUBLIC: "core.windows.net",
    Cloud.US_GOVERNMENT: "core.usgovcloudapi.net",
    Cloud.CHINA: "core.chinacloudapi.cn",
}
