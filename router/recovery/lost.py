"""Whether a catalog without a line is a new one, or one that was lost.

A router that has ever taken a release has its note beside the package, and one that has ever made
an app has it in Azure. Knows nothing of how a lost catalog is rebuilt.
"""

from router.domain.errors import PlatformBusy, PlatformFailed, Unavailable
from router.ports import Packages, Platform


async def must_be_new(packages: Packages, platform: Platform) -> None:
    """Unavailable 503 catalog-lost when there was something; catalog-unavailable when that can't
    be told. Raises Unreadable."""
    noted = await packages.noted()
    try:
        made = [] if noted else await platform.resources()
    except (PlatformBusy, PlatformFailed) as error:
        detail = f"The catalog is empty, and whether it was lost is not known: {error} Try again."
        raise Unavailable("catalog-unavailable", detail) from error
    if noted or made:
        raise Unavailable(
            "catalog-lost",
            "The catalog of lines is empty, but there are releases or function apps of this "
            "router: it was lost. Nothing was started. The monitors of the lines rebuild it; so "
            "does POST /api/catalog/rebuild.",
        )
