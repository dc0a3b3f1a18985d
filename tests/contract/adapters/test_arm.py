"""Azure's own SDKs against the emulated control plane: what is made, and what an error means."""

import asyncio
import io
import json
import zipfile
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import Any, TypeVar

import pytest
import pytest_asyncio

from router.adapters.arm import ArmPlatform
from router.adapters.identity import identity
from router.adapters.keys import KeyRing
from router.adapters.packages import BlobPackages
from router.adapters.storage import Storage
from router.adapters.upstream import HttpUpstream
from router.core.errors import PlatformBusy, PlatformFailed
from router.core.version import LineId
from router.ports import APP_TAG, LINE_TAG, AppInfo, AppSpec, Deployment, Route
from router.settings import Settings
from samples.pack import pack
from tests.contract.adapters.arm_emulator import ArmEmulator, running_arm
from tests.contract.adapters.azurite import Azurite

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


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def arm(
    azurite: Azurite, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[ArmEmulator]:
    directory = tmp_path_factory.mktemp("arm")
    async with running_arm(directory, azurite.account()) as running:
        yield running


@pytest_asyncio.fixture
async def platform(
    arm: ArmEmulator, storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[ArmPlatform]:
    for name, value in arm.environment.items():
        monkeypatch.setenv(name, value)
    credential = identity()
    adapter = ArmPlatform(settings(arm.url), storage, credential)
    await adapter._resources.resource_groups.create_or_update(
        "orders-rg", {"location": "westeurope"}
    )
    yield adapter
    await arm.clear_faults()
    await adapter.close()
    await credential.close()


@pytest.fixture
def spec(request: pytest.FixtureRequest, azurite: Azurite) -> AppSpec:
    """An app of its own for each test."""
    name = f"orders-1-0-{abs(hash(request.node.name)) % 10**8}"
    return AppSpec(
        name,
        f"{name}-plan",
        {"AzureWebJobsStorage": azurite.account(), "RELEASE_LINE": "1.0", "SECRET": SECRET},
        {APP_TAG: "orders", LINE_TAG: "1.0"},
    )


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
    await BlobPackages(storage).put(SHA, package.getvalue())
    return await BlobPackages(storage).url(SHA)


async def test_an_app_runs_with_exactly_its_settings_once_it_is_made(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    assert await platform.app(spec.name) is None
    assert await until(lambda: platform.put_plan(spec))
    assert await platform.put_app(spec) is None
    info = await until(lambda: platform.put_app(spec))
    assert info == AppInfo(spec.name, info.host_name, "Running", dict(spec.tags))
    assert info.host_name.startswith("127.0.0.1:")
    assert await platform.app(spec.name) == info
    assert await stored_settings(platform, spec.name) == spec.settings


async def test_the_plan_and_the_app_are_flex_consumption(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await made(platform, spec)
    plan = await platform._plan(spec.plan)
    site = await platform._site(spec.name)
    assert plan is not None
    assert site is not None
    assert (plan["sku"]["name"], plan["properties"]["reserved"]) == ("FC1", True)
    config = site["properties"]["functionAppConfig"]
    assert config == {
        "deployment": {
            "storage": {
                "type": "blobContainer",
                "value": f"{storage.blobs.url}app-package-{spec.name}",
                "authentication": {
                    "type": "StorageAccountConnectionString",
                    "storageAccountConnectionStringName": "AzureWebJobsStorage",
                },
            }
        },
        "runtime": {"name": "python", "version": "3.11"},
        "scaleAndConcurrency": {"maximumInstanceCount": 40, "instanceMemoryMB": 2048},
    }
    assert site["properties"]["httpsOnly"] is True


async def test_asking_again_changes_nothing_but_settings_that_differ(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    first = await made(platform, spec)
    assert await made(platform, spec) == first
    changed = replace(spec, settings={"AzureWebJobsStorage": "another", "NEW": "1"})
    assert await made(platform, changed) == first
    assert await stored_settings(platform, spec.name) == changed.settings


async def test_an_app_that_is_not_ours_is_left_as_it_is(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    await made(platform, replace(spec, tags={"owner": "somebody else"}))
    with pytest.raises(PlatformFailed, match="carries other tags"):
        await platform.put_app(replace(spec, settings={}))
    assert await stored_settings(platform, spec.name) == spec.settings


async def test_a_deployed_app_has_keys(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await made(platform, spec)
    with pytest.raises(PlatformBusy, match=f"Could not list the keys of {spec.name}"):
        await platform.app_keys(spec.name)
    url = await uploaded(storage, host_json='{"version": "2.0"}', function_app_py=HELLO)
    begun = await platform.deploy(spec.name, url)

    async def ended() -> Deployment | None:
        found = await platform.deployment(spec.name, begun)
        return found if found.finished else None

    ending = await until(ended)
    assert ending == Deployment(finished=True, detail="Deployment successful")

    async def keys() -> str | None:
        try:
            return (await platform.app_keys(spec.name)).host
        except PlatformBusy:
            return None

    assert await until(keys)
    await platform.delete_app(spec.name)


async def test_a_deployment_that_fails_says_why(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await made(platform, spec)
    await arm.fault("fail-operation", "onedeploy")
    begun = await platform.deploy(spec.name, await uploaded(storage, host_json="{}"))
    ending = await until(lambda: _finished(platform, spec.name, begun))
    assert ending.error == "it was failed: Deployment failed: a test asked for it"


async def _finished(platform: ArmPlatform, app: str, deployment_id: str) -> Any:
    found = await platform.deployment(app, deployment_id)
    return found if found.finished else None


async def test_a_second_deployment_waits_for_the_first(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await made(platform, spec)
    await arm.fault("never-ending", "onedeploy")
    url = await uploaded(storage, host_json="{}")
    begun = await platform.deploy(spec.name, url)
    assert (await platform.deployment(spec.name, begun)).finished is False
    with pytest.raises(PlatformBusy, match="in progress") as caught:
        await platform.deploy(spec.name, url)
    assert "sig=" not in str(caught.value)


async def test_a_deployment_that_azure_does_not_list_yet_is_not_finished(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    await made(platform, spec)
    assert await platform.deployment(spec.name, "not-yet") == Deployment(
        finished=False, detail="Azure does not list the deployment yet"
    )


async def test_deleting_an_app_leaves_the_plan_and_may_be_done_again(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    await made(platform, spec)
    for _ in range(2):
        await platform.delete_app(spec.name)
    assert await platform.app(spec.name) is None
    assert await platform._plan(spec.plan) is not None
    for _ in range(2):
        await platform.delete_plan(spec.plan)
    assert await platform._plan(spec.plan) is None


async def test_what_remains_of_a_line_is_known_by_its_tags(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    ours = replace(spec, tags={APP_TAG: "orders", LINE_TAG: "7.1"})
    near = replace(spec, plan="near", tags={APP_TAG: "orders", LINE_TAG: "7.10"})
    others = replace(spec, plan="others", tags={APP_TAG: "invoices", LINE_TAG: "7.1"})
    await made(platform, ours)
    for other in (near, others):
        await until(lambda other=other: platform.put_plan(other))
    assert sorted(await platform.remaining(LineId(7, 1))) == [
        f"Microsoft.Web/serverfarms/{spec.plan}",
        f"Microsoft.Web/sites/{spec.name}",
    ]
    await platform.delete_app(spec.name)
    await platform.delete_plan(spec.plan)
    assert await platform.remaining(LineId(7, 1)) == []


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"effect": "throttle"}, "TooManyRequests"),
        ({"effect": "throttle-plan"}, "51025"),
        ({"effect": "status", "status": 500}, "InternalServerError"),
        ({"effect": "status", "status": 503, "retry_after": 60}, "InternalServerError"),
        ({"effect": "reset", "times": 9}, "could not be reached"),
    ],
)
async def test_what_passes_is_told_as_busy_at_once(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, fault: dict[str, Any], reason: str
) -> None:
    await arm.fault(**fault, method="PUT", path="serverfarms")
    async with asyncio.timeout(20):
        with pytest.raises(PlatformBusy) as caught:
            await platform.put_plan(spec)
    assert str(caught.value).startswith(f"Could not make the plan {spec.plan}: ")
    assert reason in str(caught.value)
    await arm.clear_faults()
    assert await until(lambda: platform.put_plan(spec))


async def test_an_answer_that_was_lost_is_not_asked_for_twice(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec
) -> None:
    await until(lambda: platform.put_plan(spec))
    await arm.fault("lost-answer", "/sites/", method="PUT")
    info = await until(lambda: platform.put_app(spec))
    assert info is not None
    assert info.state == "Running"


async def test_a_creation_that_failed_at_once_is_told_and_may_be_asked_for_again(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec
) -> None:
    await until(lambda: platform.put_plan(spec))
    await arm.fault("fail-provisioning", "/sites/", method="PUT")
    with pytest.raises(PlatformFailed, match=f"function app {spec.name}: it is in state Failed"):
        await platform.put_app(spec)
    await comes_round(platform, spec)


async def test_a_creation_that_failed_later_is_told_and_asked_for_again(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec
) -> None:
    await until(lambda: platform.put_plan(spec))
    await arm.fault("fail-operation", "/sites/", method="PUT")
    with pytest.raises(PlatformBusy, match=f"failed to make the function app {spec.name}"):
        await until(lambda: platform.put_app(spec))
    assert await until(lambda: platform.put_app(spec))


async def comes_round(platform: ArmPlatform, spec: AppSpec) -> None:
    with pytest.raises(PlatformBusy, match="asked again"):
        await platform.put_app(spec)
    assert await until(lambda: platform.put_app(spec))


async def test_a_refusal_says_what_was_attempted_and_azures_reason_and_no_secret(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    with pytest.raises(PlatformFailed) as caught:
        await platform.put_app(
            replace(spec, settings={**spec.settings, "WEBSITE_RUN_FROM_PACKAGE": "1"})
        )
    text = str(caught.value)
    assert text.startswith(f"Could not make the function app {spec.name}: ")
    assert "51004: Cannot find ServerFarm" in text
    assert SECRET not in text


async def test_a_group_that_is_not_there_fails_for_good(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec
) -> None:
    platform._group = "no-such-group"
    with pytest.raises(PlatformFailed, match="ResourceGroupNotFound"):
        await platform.put_plan(spec)


async def test_azure_that_is_not_reached_is_busy(
    arm: ArmEmulator, platform: ArmPlatform, storage: Storage, spec: AppSpec
) -> None:
    credential = identity()
    nowhere = ArmPlatform(settings("http://127.0.0.1:9"), storage, credential)
    with pytest.raises(PlatformBusy, match="could not be reached"):
        await nowhere.put_plan(spec)
    await nowhere.close()
    await credential.close()


def test_an_apps_specification_shows_no_settings(spec: AppSpec) -> None:
    assert json.dumps(SECRET)[1:-1] not in repr(spec)


async def test_a_deployed_durable_app_is_healthy_with_the_keys_that_azure_lists(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    info = await made(platform, spec)
    await BlobPackages(storage).put("d" * 64, pack("1.0.0"))
    await platform.deploy(spec.name, await BlobPackages(storage).url("d" * 64))
    upstream, ring = HttpUpstream(10), KeyRing(platform)

    async def healthy() -> bool:
        try:
            durable, host = await ring.durable(spec.name), await ring.host(spec.name)
        except PlatformBusy:
            return False
        route = Route(LineId(1, 0), f"http://{info.host_name}", durable, host)
        return await upstream.health(route) is None

    assert await until(healthy)
    await platform.delete_app(spec.name)
    await upstream.close()


async def test_an_app_that_cannot_be_imported_is_not_healthy_and_tells_why(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    info = await made(platform, spec)
    url = await uploaded(storage, host_json='{"version": "2.0"}', function_app_py="import stripe")
    await platform.deploy(spec.name, url)
    upstream, ring = HttpUpstream(10), KeyRing(platform)

    async def complaint() -> str | None:
        try:
            host = await ring.host(spec.name)
        except PlatformBusy:
            return None
        wrong = await upstream.health(Route(LineId(1, 0), f"http://{info.host_name}", "", host))
        return wrong if wrong and "state Error" in wrong else None

    assert "No module named 'stripe'" in str(await until(complaint))
    await platform.delete_app(spec.name)
    await upstream.close()
