"""Stopping and starting apps, and their settings, through the real SDK."""

from router.azure.arm.platform import ArmPlatform
from router.domain.version import LineId
from router.ports import AppSpec
from tests.contract.azure.control_plane import OpenPlatform, created, until

LINE = LineId(1, 0)


async def test_app_is_stopped_and_started(
    platform: ArmPlatform, open_platform: OpenPlatform, spec: AppSpec
) -> None:
    await created(platform, spec)
    for _ in range(2):
        assert await until(lambda: platform.stop_app(spec.name, LINE))
        stopped = await platform.app(spec.name)
        assert stopped is not None
        assert stopped.is_stopped
    for _ in range(2):
        assert await until(lambda: platform.start_app(spec.name, LINE))
    others = open_platform(app="invoices")
    assert await others.stop_app(spec.name, LINE)
    assert await platform.stop_app(spec.name, LineId(9, 9))
    found = await platform.app(spec.name)
    assert (found and found.state) == "Running"
    assert await platform.stop_app("no-such-app", LINE)
    assert await platform.start_app("no-such-app", LINE)


async def test_stopped_app_is_started_when_it_is_put_again(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    await created(platform, spec)
    assert await until(lambda: platform.stop_app(spec.name, LINE))
    assert (await until(lambda: platform.put_app(spec))).state == "Running"
