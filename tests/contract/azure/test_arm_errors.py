"""Azure's errors are transient or permanent, and reported without secrets."""

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from harness.arm_emulator import ArmEmulator
from router.azure.arm.platform import ArmPlatform
from router.domain.errors import PlatformBusy, PlatformFailed, QuotaExceeded
from router.ports import AppSpec
from tests.contract.azure.control_plane import SECRET, OpenPlatform, created, until


@pytest.mark.parametrize(
    ("fault", "reason"),
    [
        ({"effect": "throttle"}, "TooManyRequests"),
        ({"effect": "throttle-plan"}, "51025"),
        ({"effect": "status", "status": 500}, "InternalServerError"),
        ({"effect": "status", "status": 503, "retry_after": 60}, "ServiceUnavailable"),
        ({"effect": "reset", "times": 2}, "could not be reached"),
    ],
)
async def test_transient_error_is_reported_as_busy(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, fault: dict[str, Any], reason: str
) -> None:
    await arm.fault(**fault, method="PUT", path="serverfarms")
    with pytest.raises(PlatformBusy) as caught:
        await platform.put_plan(spec)
    assert str(caught.value).startswith(f"Could not create the plan {spec.plan}: ")
    assert reason in str(caught.value)
    await arm.clear_faults()
    assert await until(lambda: platform.put_plan(spec))


@pytest.mark.parametrize("status", [400, 401, 403, 404, 503])
async def test_refusals_of_a_fresh_app_may_pass(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, status: int
) -> None:
    await created(platform, spec)
    calls: dict[str, Callable[[], Awaitable[object]]] = {
        "onedeploy": lambda: platform.deploy(spec.name, "http://127.0.0.1:9/package"),
        "deployments": lambda: platform.deployment(spec.name, "any"),
        "listkeys": lambda: platform.app_keys(spec.name),
        "syncfunctiontriggers": lambda: platform.sync_triggers(spec.name),
        "systemkeys": lambda: platform.set_durable_key(spec.name),
    }
    for path, call in calls.items():
        await arm.fault("status", path, status=status)
        if (path, status) == ("deployments", 404):
            continue  # not listed yet
        with pytest.raises(PlatformBusy):
            await call()
        await arm.clear_faults()


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        ("quota", "Unauthorized: Operation cannot be completed without additional quota"),
        ("quota-of-plans", "59301: The maximum number of Dynamic ServerFarms allowed"),
    ],
)
async def test_used_up_quota_is_reported_until_there_is_capacity(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, effect: str, reason: str
) -> None:
    await arm.fault(effect, method="PUT", path="serverfarms", times=2)
    for _ in range(2):
        with pytest.raises(QuotaExceeded) as caught:
            await platform.put_plan(spec)
        assert str(caught.value).startswith(f"Could not create the plan {spec.plan}: {reason}")
    assert await until(lambda: platform.put_plan(spec))


async def test_creation_with_a_lost_answer_is_not_repeated(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec
) -> None:
    await until(lambda: platform.put_plan(spec))
    await arm.fault("lost-answer", "/sites/", method="PUT")
    info = await until(lambda: platform.put_app(spec))
    assert info is not None
    assert info.state == "Running"


async def test_creation_that_fails_at_once_can_be_repeated(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec
) -> None:
    await until(lambda: platform.put_plan(spec))
    await arm.fault("fail-provisioning", "/sites/", method="PUT")
    with pytest.raises(PlatformFailed, match=f"function app {spec.name}: it is in state Failed"):
        await platform.put_app(spec)
    with pytest.raises(PlatformBusy, match="It is created again"):
        await platform.put_app(spec)
    assert await until(lambda: platform.put_app(spec))


async def test_creation_that_fails_later_is_repeated(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec
) -> None:
    await until(lambda: platform.put_plan(spec))
    await arm.fault("fail-operation", "/sites/", method="PUT")
    with pytest.raises(PlatformBusy, match=f"failed to create the function app {spec.name}"):
        await until(lambda: platform.put_app(spec))
    assert await until(lambda: platform.put_app(spec))


async def test_refusal_names_attempt_and_reason_without_secrets(
    platform: ArmPlatform, spec: AppSpec
) -> None:
    with pytest.raises(PlatformFailed) as caught:
        await platform.put_app(
            replace(spec, settings={**spec.settings, "WEBSITE_RUN_FROM_PACKAGE": "1"})
        )
    text = str(caught.value)
    assert text.startswith(f"Could not create the function app {spec.name}: ")
    assert "51004: Cannot find ServerFarm" in text
    assert SECRET not in text


async def test_missing_resource_group_is_permanent(
    open_platform: OpenPlatform, spec: AppSpec
) -> None:
    with pytest.raises(PlatformFailed, match="ResourceGroupNotFound"):
        await open_platform(group="no-such-group").put_plan(spec)


async def test_unreachable_azure_is_busy(open_platform: OpenPlatform, spec: AppSpec) -> None:
    with pytest.raises(PlatformBusy, match="could not be reached"):
        await open_platform("http://127.0.0.1:9").put_plan(spec)


async def test_token_is_for_the_cloud_of_the_settings(open_platform: OpenPlatform) -> None:
    abroad = open_platform(cloud="AzureUSGovernment")
    with pytest.raises(PlatformFailed, match="wrong audience"):
        await abroad.app("orders")
