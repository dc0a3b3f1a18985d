"""The storage connections that app settings name."""

from collections.abc import Mapping

DEFAULT = "Storage"


def find(app_settings: Mapping[str, str], name: str) -> str | None:
    """Return the connection string that a connection name refers to, None if no setting has it.

    A setting with the prefix of WebJobs comes first.
    """
    by_lower_name = {key.lower(): value for key, value in app_settings.items()}
    keys = (f"AzureWebJobs{name}", name, f"ConnectionStrings:{name}")
    return next(filter(None, (by_lower_name.get(key.lower()) for key in keys)), None)
