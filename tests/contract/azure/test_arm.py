"""Azure's own SDKs against the emulated control plane: what is made, deployed and deleted."""

import json
import time
from dataclasses import replace
from typing import Any

import pytest

from harness.arm_emulator import ArmEmulator
from router.apps.keys import KeyRing
from router.azure.app_http import HttpUpstream
from router.azure.arm.platform import ArmPlatform
from router.azure.storage.account import Storage
from router.azure.storage.packages import BlobPackages
from router.domain.errors import PlatformBusy, PlatformFailed
from router.domain.resource_names import APP_TAG, LINE_TAG
from router.domain.version import LineId
from router.ports import AppInfo, AppSpec, Deletion, Deployment, Route
from samples.pack import pack
from tests.contract.azure.arm_scene import HELLO, SECRET, made, stored_settings, until, uploaded

LINE = LineId(1, 0)


async def test_an_app_runs_with_exactly_its_settings_once_it_is_made(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    assert await platform.app(spec.name) is None
    assert await until(lambda: platform.put_plan(spec))
    assert await platform.put_app(spec) is None
    info = await until(lambda: platform.put_app(spec))
    assert info is not None
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
    await made(platform, replace(spec, tags={APP_TAG: "orders", LINE_TAG: "9.9"}))
    with pytest.raises(PlatformFailed, match="carries tags that are not this router"):
        await platform.put_app(replace(spec, settings={}))
    assert await stored_settings(platform, spec.name) == spec.settings


async def test_an_app_and_a_plan_that_are_shared_or_anothers_are_never_deleted(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    theirs = replace(spec, tags={APP_TAG: "invoices", LINE_TAG: "1.0"})
    platform._app_name = "invoices"
    await made(platform, theirs)
    platform._app_name = "orders"
    with pytest.raises(PlatformFailed, match="carries tags that are not this router"):
        await platform.put_plan(spec)
    assert await platform.delete_app(spec.name, LINE) is Deletion.NOT_OURS
    assert await platform.delete_plan(spec.plan, LINE) is Deletion.NOT_OURS
    assert (await platform.app(spec.name)) is not None
    assert await platform._plan(spec.plan) is not None
    await platform._web.web_apps.delete("orders-rg", spec.name, delete_empty_server_farm=False)
    # it is empty now, and theirs nevertheless
    assert await platform.delete_plan(spec.plan, LINE) is Deletion.NOT_OURS
    assert await platform._plan(spec.plan) is not None


async def test_what_carries_another_lines_tag_is_neither_made_anew_nor_deleted(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    await made(platform, replace(spec, tags={APP_TAG: "orders", LINE_TAG: "9.9"}))
    with pytest.raises(PlatformFailed, match="carries tags that are not this router"):
        await platform.put_plan(spec)
    assert await platform.delete_app(spec.name, LINE) is Deletion.NOT_OURS
    assert await platform.delete_plan(spec.plan, LINE) is Deletion.NOT_OURS
    assert await platform.app(spec.name) is not None
    assert await platform.delete_app(spec.name, LineId(9, 9)) is Deletion.GONE
    assert await platform.delete_plan(spec.plan, LineId(9, 9)) is Deletion.GONE


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
    await platform.delete_app(spec.name, LINE)


async def test_a_deployment_that_fails_says_why(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await made(platform, spec)
    await arm.fault("fail-operation", "onedeploy")
    begun = await platform.deploy(spec.name, await uploaded(storage, host_json="{}"))
    ending = await until(lambda: _finished(platform, spec.name, begun))
    assert ending.error == "it failed: Deployment failed: injected fault"


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
        assert await platform.delete_app(spec.name, LINE) is Deletion.GONE
    assert await platform.app(spec.name) is None
    assert await platform._plan(spec.plan) is not None
    for _ in range(2):
        assert await platform.delete_plan(spec.plan, LINE) is Deletion.GONE
    assert await platform._plan(spec.plan) is None


async def test_what_remains_of_a_line_is_known_by_its_tags(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    ours = replace(spec, tags={APP_TAG: "orders", LINE_TAG: "7.1"})
    near = replace(spec, plan="near", tags={APP_TAG: "orders", LINE_TAG: "7.10"})
    others = replace(spec, plan="others", tags={APP_TAG: "invoices", LINE_TAG: "7.1"})
    await made(platform, ours)
    await until(lambda: platform.put_plan(near))
    platform._app_name = "invoices"
    await until(lambda: platform.put_plan(others))
    platform._app_name = "orders"
    assert sorted(await platform.remaining(LineId(7, 1))) == [
        f"Microsoft.Web/serverfarms/{spec.plan}",
        f"Microsoft.Web/sites/{spec.name}",
    ]
    await platform.delete_app(spec.name, LineId(7, 1))
    await platform.delete_plan(spec.plan, LineId(7, 1))
    assert await platform.remaining(LineId(7, 1)) == []


def test_an_apps_specification_shows_no_settings(spec: AppSpec) -> None:
    assert json.dumps(SECRET)[1:-1] not in repr(spec)


async def test_a_deployed_durable_app_is_healthy_with_the_keys_that_azure_lists(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    info = await made(platform, spec)
    await BlobPackages(storage, "orders").put("d" * 64, pack("1.0.0"))
    await platform.deploy(spec.name, await BlobPackages(storage, "orders").url("d" * 64))
    upstream, ring = HttpUpstream(10), KeyRing(platform, time.monotonic)

    async def healthy() -> bool:
        try:
            durable, host = await ring.durable(spec.name), await ring.host(spec.name)
        except PlatformBusy:
            return False
        route = Route(LineId(1, 0), f"http://{info.host_name}", durable, host)
        return await upstream.health(route) is None

    assert await until(healthy)
    await platform.delete_app(spec.name, LINE)
    await upstream.close()


async def test_an_app_that_cannot_be_imported_is_not_healthy_and_tells_why(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    info = await made(platform, spec)
    url = await uploaded(storage, host_json='{"version": "2.0"}', function_app_py="import stripe")
    await platform.deploy(spec.name, url)
    upstream, ring = HttpUpstream(10), KeyRing(platform, time.monotonic)

    async def complaint() -> str | None:
        try:
            host = await ring.host(spec.name)
        except PlatformBusy:
            return None
        wrong = await upstream.health(Route(LineId(1, 0), f"http://{info.host_name}", "", host))
        return wrong if wrong and "state Error" in wrong else None

    assert "No module named 'stripe'" in str(await until(complaint))
    await platform.delete_app(spec.name, LINE)
    await upstream.close()
