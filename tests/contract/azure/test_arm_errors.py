"""What an error of Azure means: passing or for good, told in words, without a secret."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest

from harness.arm_emulator import ArmEmulator
from router.azure.arm.platform import ArmPlatform
from router.azure.identity import identity
from router.azure.storage.account import Storage
from router.domain.errors import PlatformBusy, PlatformFailed, QuotaExceeded
from router.ports import AppSpec
from tests.contract.azure.arm_scene import (
    SECRET,
    settings,
    until,
)


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
async def test_what_passes_is_told_as_busy_at_once(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, fault: dict[str, Any], reason: str
) -> None:
    await arm.fault(**fault, method="PUT", path="serverfarms")
    async with asyncio.timeout(20):
        with pytest.raises(PlatformBusy) as caught:
            await platform.put_plan(spec)
    assert str(caught.value).startswith(f"Could not create the plan {spec.plan}: ")
    assert reason in str(caught.value)
    await arm.clear_faults()
    assert await until(lambda: platform.put_plan(spec))


@pytest.mark.parametrize(
    ("effect", "reason"),
    [
        ("quota", "Unauthorized: Operation cannot be completed without additional quota"),
        ("quota-of-plans", "59301: The maximum number of Dynamic ServerFarms allowed"),
    ],
)
async def test_a_quota_that_is_used_up_is_told_as_full_until_there_is_room(
    arm: ArmEmulator, platform: ArmPlatform, spec: AppSpec, effect: str, reason: str
) -> None:
    await arm.fault(effect, method="PUT", path="serverfarms", times=2)
    for _ in range(2):
        with pytest.raises(QuotaExceeded) as caught:
            await platform.put_plan(spec)
        assert str(caught.value).startswith(f"Could not create the plan {spec.plan}: {reason}")
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
    with pytest.raises(PlatformBusy, match=f"failed to create the function app {spec.name}"):
        await until(lambda: platform.put_app(spec))
    assert await until(lambda: platform.put_app(spec))


async def comes_round(platform: ArmPlatform, spec: AppSpec) -> None:
    with pytest.raises(PlatformBusy, match="It is created again"):
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
    assert text.startswith(f"Could not create the function app {spec.name}: ")
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
