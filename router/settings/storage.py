"""The settings of the storage accounts."""

from dataclasses import dataclass

from router.settings.parsers import text
from router.settings.setting import setting

_STORAGE = text(r"[a-z0-9]{3,24}|.*=.*", "a connection string or the name of a storage account")


@dataclass(frozen=True, kw_only=True, repr=False)
class StorageSettings:
    """The storage accounts."""

    storage: str = setting(
        _STORAGE,
        "Storage account of the catalog and the packages: a connection string, or the name of an "
        "account that the router's identity can access.",
        secret=True,
    )
    tracking_storage: str = setting(
        _STORAGE,
        "Storage account of the Instances and History tables that all lines share. Do not change "
        "it once a line has been up: earlier instances would no longer be found.",
        same_as="ROUTER_STORAGE",
        secret=True,
    )
    tracking_prefix: str = setting(
        text(r"[A-Za-z][A-Za-z0-9]{0,44}", "letters and digits, a letter first, at most 45"),
        "Prefix of the names of those two tables. Do not change it either.",
        "Lines",
    )
    line_storage: str = setting(
        _STORAGE,
        "Storage account of the lines' function apps and their queues.",
        same_as="ROUTER_STORAGE",
        secret=True,
    )
