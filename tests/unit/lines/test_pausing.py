"""The host of a line's app is paused while its release is replaced, and never stays paused."""

from datetime import timedelta
from typing import Any

import pytest
from semver import Version

from router.domain.errors import PlatformBusy, PlatformFailed, Unavailable
from router.domain.model import Operation, OperationKind
from router.lines import pausing
from router.operations.begin import begin
from router.ports import Answer, Deployment
from tests.fakes.router import LINE_ID, InMemoryRouter

PATCH = Version(1, 0, 2)


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router with an active line, whose app's host can be drained."""
    router = InMemoryRouter()
    await router.open_line()
    router.azure.can_drain = True
    return router


def asked(router: InMemoryRouter) -> list[str]:
    """Return what was changed in the host, with the deployments in between."""
    return [path for _, method, path in router.azure.calls("admin") if method == "POST"]


async def patch(router: InMemoryRouter) -> Operation:
    operation = await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    await router.finish_operations()
    ended = await router.catalog.operation(operation.id)
    assert ended is not None
    return ended


async def test_release_is_replaced_once_nothing_is_under_way(router: InMemoryRouter) -> None:
    paused: list[bool] = []

    async def note(*_: Any) -> None:
        paused.append(router.azure.drains)

    router.azure.before("deploy", note)
    assert (await patch(router)).error is None
    assert (paused, asked(router)) == ([True], ["drain"])


async def test_calls_under_way_are_waited_for(router: InMemoryRouter) -> None:
    router.azure.calls_under_way = 2
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    for _ in range(3):
        await router.run_next_step()
    assert len(router.azure.calls("deploy")) == 1  # of the first release
    router.azure.calls_under_way = 0
    await router.finish_operations()
    assert len(router.azure.calls("deploy")) == 2


async def test_calls_that_take_too_long_are_not(router: InMemoryRouter) -> None:
    router.azure.calls_under_way = 1
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    await router.run_next_step()
    assert len(router.azure.calls("deploy")) == 1
    router.azure.pass_time(pausing.LONGEST_WAIT.total_seconds() + 1)
    await router.finish_operations()
    assert len(router.azure.calls("deploy")) == 2


@pytest.mark.parametrize(
    "answer",
    [
        Answer(503, {}, b""),
        Answer(200, {}, b"{}"),
        Answer(200, {}, b"x"),
        Answer(200, {}, b'{"state": "Disabled", "outstandingInvocations": null}'),
    ],
)
async def test_host_without_drain_mode_is_replaced_as_it_is(
    router: InMemoryRouter, answer: Answer
) -> None:
    router.azure.answer("admin", answer)
    assert (await patch(router)).error is None
    assert asked(router) == []


async def test_app_without_a_key_is_replaced_as_it_is(router: InMemoryRouter) -> None:
    router.restart()  # which forgets the keys
    router.azure.fail("app_keys", PlatformFailed("no keys"), times=2)
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    await router.run_next_step()
    assert len(router.azure.calls("deploy")) == 2


@pytest.mark.parametrize(("status", "deployments"), [(502, 2), (504, 1)])
async def test_only_a_busy_host_is_waited_for(
    router: InMemoryRouter, status: int, deployments: int
) -> None:
    router.azure.fail("admin", Unavailable("upstream", "No answer.", status=status), times=2)
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    await router.run_next_step()
    assert len(router.azure.calls("deploy")) == deployments
    assert (await router.finish_operations()).release == PATCH


async def test_host_that_has_restarted_is_paused_again(router: InMemoryRouter) -> None:
    """Also if there is no time left to wait for what it has begun."""
    paused: list[bool] = []

    async def restart(*_: Any) -> None:
        router.azure.drains = False
        router.azure.pass_time(pausing.LONGEST_WAIT.total_seconds() + 1)

    async def note(*_: Any) -> None:
        paused.append(router.azure.drains)

    router.azure.after("tag_release", restart)
    router.azure.before("deploy", note)
    assert (await patch(router)).error is None
    assert (paused, asked(router)) == ([True], ["drain"] * 2)


async def test_host_works_again_if_no_deployment_begins(router: InMemoryRouter) -> None:
    router.azure.fail("deploy", PlatformFailed("forbidden"))
    assert "Rolling back failed as well" in str((await patch(router)).error)
    assert (router.azure.drains, asked(router)) == (False, ["drain", "resume"] * 2)


async def test_host_stays_paused_for_an_error_that_passes(router: InMemoryRouter) -> None:
    router.azure.fail("deploy", PlatformBusy("throttled"), times=1)
    assert (await patch(router)).error is None
    assert asked(router) == ["drain"]


async def test_host_works_again_if_the_error_lasts(router: InMemoryRouter) -> None:
    async def fail_late(*_: Any) -> None:
        router.azure.pass_time(router.context.settings.step_seconds / 2 + 1)
        raise PlatformBusy("throttled")

    router.azure.before("deploy", fail_late)
    await begin(router.context, LINE_ID, OperationKind.PATCH, PATCH)
    for _ in range(4):
        await router.run_next_step()
    assert (router.azure.drains, asked(router)[:2]) == (False, ["drain", "resume"])


async def test_host_works_again_if_the_deployment_takes_long(router: InMemoryRouter) -> None:
    paused: list[bool] = []

    async def stay_paused(*_: Any) -> None:
        router.azure.drains = True

    async def take_long(*_: Any) -> Deployment:
        paused.append(router.azure.drains)
        router.azure.pass_time(58)  # and two until the next call
        return Deployment(finished=len(paused) > 5)

    router.azure.after("deploy", stay_paused)
    router.azure.before("deployment", take_long)
    assert (await patch(router)).error is None
    assert paused == [True, True, True, False, False, False]
    assert asked(router) == ["drain", "resume"]


async def test_host_that_no_deployment_restarted_is_resumed(router: InMemoryRouter) -> None:
    async def stay_paused(*_: Any) -> None:
        router.azure.drains = True

    router.azure.after("deploy", stay_paused)
    assert (await patch(router)).error is None
    assert (router.azure.drains, asked(router)) == (False, ["drain", "resume"])


async def test_earlier_release_is_restored_in_a_paused_host(router: InMemoryRouter) -> None:
    router.azure.deployment_error = "no such package"
    await patch(router)
    assert asked(router) == ["drain"] * 2


def test_wait_is_shorter_than_a_step_may_take(router: InMemoryRouter) -> None:
    assert timedelta(seconds=router.context.settings.step_seconds) > 2 * pausing.LONGEST_WAIT
