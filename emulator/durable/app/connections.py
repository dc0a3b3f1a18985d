"""The storage connections that app settings name."""

from collections.abc import Mapping

from emulator.host.configuration import connections
from emulator.host.errors import InvalidSettingError

DEFAULT_CONNECTION = connections.DEFAULT
_EXTENSION = "Microsoft.Azure.WebJobs.Extensions.DurableTask"


class UnknownConnectionError(InvalidSettingError):
    """No app setting has the connection string of a name."""

    def __init__(self, name: str) -> None:
        self.reason = f"Unable to resolve the Azure Storage connection named '{name}'."
        super().__init__(f"{_EXTENSION}: {self.reason}")


def connection_string(app_settings: Mapping[str, str], name: str) -> str:
    """Return the storage connection string that a connection name refers to.

    A setting with the prefix of WebJobs comes first. Raises UnknownConnectionError.
    """
    found = connections.find(app_settings, name)
    if found is None:
        raise UnknownConnectionError(name)
    return found
