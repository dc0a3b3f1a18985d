"""The platform adapter creates, deploys and deletes apps in the emulated control plane."""

import asyncio
import json
import time
from dataclasses import replace

import pytest
from aiohttp import ClientSession

from harness.arm_emulator import ArmEmulator
from router.apps.keys import KeyRing
from router.azure.app_http import HttpUpstream
from router.azure.arm.platform import ArmPlatform
from router.azure.storage.account import Storage
from router.domain.errors import PlatformBusy, PlatformFailed
from router.domain.resource_names import APP_TAG, LINE_TAG
from router.domain.version import LineId
from router.ports import AppInfo, AppSpec, Deletion, Deployment, Route
from samples.pack import pack
from tests.contract.azure.control_plane import (
    SECRET,
    OpenPlatform,
    created,
    until,
    uploaded,
    url_of,
)
from tests.contract.management import Management

LINE = LineId(1, 0)


async def test_created_app_runs_with_exactly_its_settings(
    platform: ArmPlatform, azure: Management, spec: AppSpec
) -> None:
    assert await platform.app(spec.name) is None
    assert await until(lambda: platform.put_plan(spec))
    assert await platform.put_app(spec) is None
    info = await until(lambda: platform.put_app(spec))
    assert info is not None
    assert info == AppInfo(spec.name, info.host_name, "Running", dict(spec.tags))
    assert info.host_name.startswith("127.0.0.1:")
    assert await platform.app(spec.name) == info
    assert await azure.app_settings(spec.name) == spec.settings


async def test_plan_and_app_are_flex_consumption(
    platform: ArmPlatform, azure: Management, spec: AppSpec, storage: Storage
) -> None:
    await created(platform, spec)
    plan = await azure.plan(spec.plan)
    site = await azure.site(spec.name)
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
        "runtime": {"name": "python", "version": "3.13"},
        "scaleAndConcurrency": {
            "maximumInstanceCount": 40,
            "instanceMemoryMB": 2048,
            "triggers": {"http": {"perInstanceConcurrency": 16}},
        },
    }
    assert site["properties"]["httpsOnly"] is True


async def test_repeated_creation_changes_only_different_settings(
    platform: ArmPlatform, azure: Management, spec: AppSpec
) -> None:
    first = await created(platform, spec)
    assert await created(platform, spec) == first
    changed = {"AzureWebJobsStorage": "another", "NEW": "1"}
    former = tuple(spec.settings)
    assert await created(platform, replace(spec, settings=changed, former=former)) == first
    assert await azure.app_settings(spec.name) == changed


async def test_app_of_another_line_is_not_changed(
    platform: ArmPlatform, azure: Management, spec: AppSpec
) -> None:
    await created(platform, replace(spec, tags={APP_TAG: "orders", LINE_TAG: "9.9"}))
    with pytest.raises(PlatformFailed, match="carries tags that are not this router"):
        await platform.put_app(replace(spec, settings={}))
    assert await azure.app_settings(spec.name) == spec.settings


async def test_resources_of_another_router_are_never_deleted(
    platform: ArmPlatform, open_platform: OpenPlatform, azure: Management, spec: AppSpec
) -> None:
    theirs = replace(spec, tags={APP_TAG: "invoices", LINE_TAG: "1.0"})
    await created(open_platform(app="invoices"), theirs)
    with pytest.raises(PlatformFailed, match="carries tags that are not this router"):
        await platform.put_plan(spec)
    assert await platform.delete_app(spec.name, LINE) is Deletion.NOT_OURS
    assert await platform.delete_plan(spec.plan, LINE) is Deletion.NOT_OURS
    assert (await platform.app(spec.name)) is not None
    assert await azure.plan(spec.plan) is not None
    await azure.delete_app(spec.name)
    # The plan is empty now, and still theirs.
    assert await platform.delete_plan(spec.plan, LINE) is Deletion.NOT_OURS
    assert await azure.plan(spec.plan) is not None


async def test_resources_of_another_line_are_kept(platform: ArmPlatform, spec: AppSpec) -> None:
    await created(platform, replace(spec, tags={APP_TAG: "orders", LINE_TAG: "9.9"}))
    with pytest.raises(PlatformFailed, match="carries tags that are not this router"):
        await platform.put_plan(spec)
    assert await platform.delete_app(spec.name, LINE) is Deletion.NOT_OURS
    assert await platform.delete_plan(spec.plan, LINE) is Deletion.NOT_OURS
    assert await platform.app(spec.name) is not None
    assert await platform.delete_app(spec.name, LineId(9, 9)) is Deletion.GONE
    assert await platform.delete_plan(spec.plan, LineId(9, 9)) is Deletion.GONE


async def test_deployed_app_has_keys_and_is_healthy(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    info = await created(platform, spec)
    with pytest.raises(PlatformBusy, match=f"Could not list the keys of {spec.name}"):
        await platform.app_keys(spec.name)
    begun = await platform.deploy(spec.name, await url_of(storage, "d" * 64, pack("1.0.0")))
    ended = await until(lambda: finished(platform, spec.name, begun))
    assert ended == Deployment(finished=True, detail="Deployment successful")
    upstream, ring = HttpUpstream(10), KeyRing(platform, time.monotonic)

    async def healthy() -> bool:
        try:
            durable, host = await ring.durable(spec.name), await ring.host(spec.name)
        except PlatformBusy:
            return False
        route = Route(LineId(1, 0), f"http://{info.host_name}", durable, host)
        report = await upstream.report(route)
        return bool(report.functions) and report.durable is None

    assert await until(healthy)
    assert (await platform.app_keys(spec.name)).host == await ring.host(spec.name)
    await platform.delete_app(spec.name, LINE)
    await upstream.close()


async def test_failed_deployment_reports_the_reason(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await created(platform, spec)
    await arm.fault("fail-operation", "onedeploy")
    begun = await platform.deploy(spec.name, await uploaded(storage, {"host.json": "{}"}))
    ending = await until(lambda: finished(platform, spec.name, begun))
    assert ending.error == "it failed: Deployment failed: injected fault"


async def finished(platform: ArmPlatform, app: str, deployment_id: str) -> Deployment | None:
    found = await platform.deployment(app, deployment_id)
    return found if found.finished else None


async def test_second_deployment_waits_for_the_first(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await created(platform, spec)
    await arm.fault("never-ending", "onedeploy")
    url = await uploaded(storage, {"host.json": "{}"})
    begun = await platform.deploy(spec.name, url)
    assert (await platform.deployment(spec.name, begun)).finished is False
    with pytest.raises(PlatformBusy, match="in progress") as caught:
        await platform.deploy(spec.name, url)
    assert "sig=" not in str(caught.value)


async def test_deployment_that_is_not_listed_yet_is_not_finished(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    await created(platform, spec)
    found = await platform.deployment(spec.name, "not-yet")
    assert found == Deployment(finished=False, listed=False)


async def test_deployment_that_azure_does_not_name_is_found(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await created(platform, spec)
    url = await uploaded(storage, {"host.json": "{}"})
    begun = []
    for _ in range(2):
        await arm.fault("unnamed", "onedeploy")
        begun.append(await platform.deploy(spec.name, url))
        await until(lambda: finished(platform, spec.name, begun[-1]))
    assert begun[0] == "after "
    assert begun[1].removeprefix("after ")


async def test_deployment_may_vanish_when_it_is_done(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    await created(platform, spec)
    await arm.fault("unlisted", "onedeploy")
    begun = await platform.deploy(spec.name, await uploaded(storage, {"host.json": "{}"}))

    async def is_gone() -> bool:
        return not (await platform.deployment(spec.name, begun)).listed

    assert await until(is_gone)


async def test_deleted_durable_key_is_set_again(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    info = await created(platform, spec)
    begun = await platform.deploy(spec.name, await url_of(storage, "d" * 64, pack("1.0.0")))
    await until(lambda: finished(platform, spec.name, begun))

    async def synced() -> bool:
        try:
            await platform.sync_triggers(spec.name)
        except PlatformBusy:
            return False
        return True

    assert await until(synced)
    keys = await platform.app_keys(spec.name)
    key = f"http://{info.host_name}/admin/host/systemkeys/durabletask_extension"
    master = {"x-functions-key": keys.host}
    async with ClientSession(headers=master) as session, session.delete(key) as answer:
        assert answer.status == 204
    assert (await platform.app_keys(spec.name)).durable is None
    await platform.set_durable_key(spec.name)
    found = (await platform.app_keys(spec.name)).durable
    assert found not in (None, keys.durable)
    await platform.delete_app(spec.name, LINE)


async def test_repeated_deletion_of_an_app_leaves_its_plan(
    platform: ArmPlatform, azure: Management, spec: AppSpec
) -> None:
    await created(platform, spec)
    for _ in range(2):
        assert await platform.delete_app(spec.name, LINE) is Deletion.GONE
    assert await platform.app(spec.name) is None
    assert await azure.plan(spec.plan) is not None
    for _ in range(2):
        assert await platform.delete_plan(spec.plan, LINE) is Deletion.GONE
    assert await azure.plan(spec.plan) is None


async def test_remaining_resources_are_found_by_their_tags(
    platform: ArmPlatform, open_platform: OpenPlatform, spec: AppSpec
) -> None:
    ours = replace(spec, tags={APP_TAG: "orders", LINE_TAG: "7.1"})
    near = replace(spec, plan="near", tags={APP_TAG: "orders", LINE_TAG: "7.10"})
    others = replace(spec, plan="others", tags={APP_TAG: "invoices", LINE_TAG: "7.1"})
    await created(platform, ours)
    await until(lambda: platform.put_plan(near))
    invoices = open_platform(app="invoices")
    await until(lambda: invoices.put_plan(others))
    assert sorted(await platform.remaining(LineId(7, 1))) == [
        f"Microsoft.Web/serverfarms/{spec.plan}",
        f"Microsoft.Web/sites/{spec.name}",
    ]
    await platform.delete_app(spec.name, LineId(7, 1))
    await platform.delete_plan(spec.plan, LineId(7, 1))
    assert await platform.remaining(LineId(7, 1)) == []


def test_repr_of_a_specification_hides_its_settings(spec: AppSpec) -> None:
    assert json.dumps(SECRET)[1:-1] not in repr(spec)


async def test_app_that_cannot_be_imported_never_has_functions(
    platform: ArmPlatform, spec: AppSpec, storage: Storage
) -> None:
    """Its host is in error and says why, or it ends and is started again, without an end."""
    info = await created(platform, spec)
    files = {"host.json": '{"version": "2.0"}', "function_app.py": "import stripe"}
    url = await uploaded(storage, files)
    begun = await platform.deploy(spec.name, url)
    await until(lambda: finished(platform, spec.name, begun))
    upstream, ring = HttpUpstream(10), KeyRing(platform, time.monotonic)
    for _ in range(20):
        try:
            host = await ring.host(spec.name)
        except PlatformBusy:
            host = "unknown"
        report = await upstream.report(Route(LINE, f"http://{info.host_name}", "", host))
        assert not report.functions
        assert report.state != "Error" or "No module named 'stripe'" in str(report.errors)
        await asyncio.sleep(0.1)
    await platform.delete_app(spec.name, LINE)
    await upstream.close()
