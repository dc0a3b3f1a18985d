"""Settings, apps and waits for the tests of the control plane."""

import io
import zipfile
from collections.abc import Awaitable, Callable

from harness import waiting
from router.azure.arm.platform import ArmPlatform
from router.azure.storage.account import Storage
from router.azure.storage.packages import BlobPackages
from router.ports import AppInfo, AppSpec
from router.settings import Settings

OpenPlatform = Callable[..., ArmPlatform]
SECRET = "AccountKey=top-secret-value"


def settings(
    arm_url: str, *, app: str = "orders", group: str = "orders-rg", cloud: str = "AzureCloud"
) -> Settings:
    return Settings.from_environ(
        {
            "ROUTER_APP_NAME": app,
            "ROUTER_STORAGE": "orders",
            "ROUTER_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
            "ROUTER_RESOURCE_GROUP": group,
            "ROUTER_LOCATION": "westeurope",
            "ROUTER_LINK_SECRETS": "a-secret-of-the-tests",
            "ROUTER_ARM_URL": arm_url,
            "ROUTER_CLOUD": cloud,
        }
    )


async def until[Answer](ask: Callable[[], Awaitable[Answer | None]]) -> Answer:
    """Return the first answer that is neither None nor False."""
    answer = await waiting.until(ask, bool)
    assert answer is not None
    return answer


async def created(platform: ArmPlatform, spec: AppSpec) -> AppInfo:
    """Create an app with its plan."""
    assert await until(lambda: platform.put_plan(spec))
    return await until(lambda: platform.put_app(spec))


async def uploaded(storage: Storage, files: dict[str, str]) -> str:
    """Upload a package of these files and return its URL."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return await url_of(storage, "c" * 64, package.getvalue())


async def url_of(storage: Storage, sha256: str, package: bytes) -> str:
    """Upload a package and return its URL."""
    packages = BlobPackages(storage, "orders")
    await packages.put(sha256, package)
    return await packages.url(sha256)
