"""The settings of the storage accounts."""

from dataclasses import dataclass

from router.domain.hub_settings import TrackingMode
from router.settings.parsers import member, text
from router.settings.setting import setting

# A line's own tables are named after its hub, such as Orders1x0.
_PREFIX = text(
    r"(?!.*[0-9]x[0-9]+$)[A-Za-z][A-Za-z0-9]{0,44}",
    "letters and digits, a letter first, at most 45, and not end like 1x0",
)
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
        "Storage account of the lines' Instances and History tables. Do not change it once a line "
        "has been up: earlier instances would no longer be found.",
        same_as="ROUTER_STORAGE",
        secret=True,
    )
    tracking: TrackingMode = setting(  # noqa: RUF009 - an enum is immutable
        member(TrackingMode),
        "`per-line`: each line has these two tables for itself. `shared`: all lines have them in "
        "common, and what an app names itself collides (see concepts.md). A line keeps what its "
        "hub was made with until its instances are purged.",
        TrackingMode.PER_LINE,
    )
    tracking_prefix: str = setting(
        _PREFIX,
        "Prefix of the names of the two tables if they are shared. By default, it is derived from "
        "`ROUTER_APP_NAME`.",
        "",
    )
    line_storage: str = setting(
        _STORAGE,
        "Storage account of the lines' function apps and their queues.",
        same_as="ROUTER_STORAGE",
        secret=True,
    )
