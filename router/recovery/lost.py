"""Distinguish a new catalog from a lost one.

Every registered release has metadata next to its package, and every created app is in Azure.
"""

from router.domain.errors import PlatformBusy, PlatformFailed, Unavailable
from router.ports import Packages, Platform


async def check_not_lost(packages: Packages, platform: Platform) -> None:
    """Raise Unavailable if a catalog without lines was lost.

    503 catalog-lost if releases or apps exist, catalog-unavailable if that is unknown. Raises
    Unreadable as well.
    """
    noted = await packages.noted()
    try:
        resources = [] if noted else await platform.resources()
    except (PlatformBusy, PlatformFailed) as error:
        detail = f"The catalog is empty, and it is unknown whether it was lost: {error} Retry."
        raise Unavailable("catalog-unavailable", detail) from error
    if noted or resources:
        raise Unavailable(
            "catalog-lost",
            "The catalog of lines is empty although this router has releases or function apps, so "
            "it was lost. Nothing was started. The lines' monitors rebuild it automatically, and "
            "so does POST /api/catalog/rebuild.",
        )
