"""What the tests of the control plane have in common: settings, a small app, waiting for Azure."""

import asyncio
import io
import zipfile
from collections.abc import Awaitable, Callable
from typing import TypeVar

from router.azure.arm.platform import ArmPlatform
from router.azure.storage.account import Storage
from router.azure.storage.packages import BlobPackages
from router.ports import AppInfo, AppSpec
from router.settings import Settings

Answer = TypeVar("Answer")
SECRET = "AccountKey=top-secret-value"
SHA = "c" * 64
HELLO = """
import azure.functions as func
app = func.FunctionApp()

@app.route(route="hello")
def hello(req: func.HttpRequest) -> func.HttpResponse:
    return func.HttpResponse("hello")
"""


def settings(arm_url: str) -> Settings:
    return Settings.from_environ(
        {
            "ROUTER_APP_NAME": "orders",
            "ROUTER_STORAGE": "orders",
            "ROUTER_SUBSCRIPTION_ID": "00000000-0000-0000-0000-000000000001",
            "ROUTER_RESOURCE_GROUP": "orders-rg",
            "ROUTER_LOCATION": "westeurope",
            "ROUTER_LINK_SECRETS": "a-secret-of-the-tests",
            "ROUTER_ARM_URL": arm_url,
        }
    )


async def until(ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Ask until the answer is more than None or False."""
    async with asyncio.timeout(60):
        while not (answer := await ask()):  # noqa: ASYNC110 - Azure tells nobody
            await asyncio.sleep(0.1)
    return answer


async def made(platform: ArmPlatform, spec: AppSpec) -> AppInfo:
    assert await until(lambda: platform.put_plan(spec))
    info = await until(lambda: platform.put_app(spec))
    assert info is not None
    return info


async def stored_settings(platform: ArmPlatform, app: str) -> dict[str, str]:
    found = await platform._web.web_apps.list_application_settings("orders-rg", app)
    return dict(found.properties or {})


async def uploaded(storage: Storage, **files: str) -> str:
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as archive:
        for name, content in files.items():
            archive.writestr(name.replace("_json", ".json").replace("_py", ".py"), content)
    await BlobPackages(storage, "orders").put(SHA, package.getvalue())
    return await BlobPackages(storage, "orders").url(SHA)
