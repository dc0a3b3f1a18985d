"""Tags by which Azure's resources are known to belong to a router's app, and to which line.

They also tell what else the catalog knows of them, should it be lost. Knows nothing of how they
are read or written.
"""

from collections.abc import Mapping

from router.domain.version import LineId

APP_TAG = "durable-router-app"
LINE_TAG = "durable-router-line"
HUB_TAG = "durable-router-hub"
HUB_SETTINGS_TAG = "durable-router-hub-settings"
RELEASE_TAG = "durable-router-release"


def is_own(tags: Mapping[str, str] | None, app_name: str, line: LineId) -> bool:
    """Whether they say that a resource was made by this app's router, for this line."""
    found = tags or {}
    return (found.get(APP_TAG), found.get(LINE_TAG)) == (app_name, str(line))
