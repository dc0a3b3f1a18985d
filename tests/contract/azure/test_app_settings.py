"""The router changes the app settings that are its own, and no others."""

from dataclasses import replace

from router.azure.arm.platform import ArmPlatform
from router.ports import AppSpec
from tests.contract.azure.control_plane import created
from tests.contract.management import Management


async def test_repair_keeps_what_others_added(
    platform: ArmPlatform, azure: Management, spec: AppSpec
) -> None:
    first = await created(platform, spec)
    await azure.add(spec.name, {"POLICY": "on"}, {"owner": "finance"})
    assert (await created(platform, spec)).tags == {**spec.tags, "owner": "finance"}
    changed = replace(spec, settings={**spec.settings, "NEW": "1"})
    app = await created(platform, changed)
    assert await azure.app_settings(spec.name) == {**changed.settings, "POLICY": "on"}
    assert (app.host_name, app.tags) == (first.host_name, {**spec.tags, "owner": "finance"})


async def test_settings_are_read_and_replaced(
    platform: ArmPlatform, azure: Management, spec: AppSpec
) -> None:
    assert await platform.settings(spec.name) is None
    await created(platform, spec)
    assert await platform.settings(spec.name) == spec.settings
    await platform.replace_settings(spec.name, {"ONLY": "this"})
    assert await azure.app_settings(spec.name) == {"ONLY": "this"}
