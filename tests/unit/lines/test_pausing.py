"""The host of a line's app is paused while its release is replaced, and never stays paused."""

import itertools
from datetime import timedelta
from typing import Any

import pytest
from semver import Version

from router.domain.errors import Changed, PlatformBusy, PlatformFailed, Unavailable
from router.domain.model import Operation, OperationKind
from router.lines import pausing
from router.operations.begin import begin
from router.ports import Answer, Deployment
from tests.fakes.router import LINE_ID, InMemoryRouter

PATCH = Version(1, 0, 2)


@pytest.fixture
async def router() -> InMemoryRouter:
    """A router with an active line, whose app's host can be drained."""
    seconds = map(float, itertools.count())
    router = InMemoryRouter(None, seconds.__next__, ROUTER_POLL_SECONDS="0.05")
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
    at_deployment: list[int] = []

    async def finish_one(*_: Any) -> None:
        router.azure.calls_under_way = max(0, router.azure.calls_under_way - 1)

    async def note(*_: Any) -> None:
        at_deployment.append(router.azure.calls_under_way)

    router.azure.calls_under_way = 3
    router.azure.after("admin", finish_one)
    router.azure.before("deploy", note)
    assert (await patch(router)).error is None
    assert at_deployment == [0]


async def test_calls_that_take_too_long_are_not(router: InMemoryRouter) -> None:
    router.azure.calls_under_way = 1
    assert (await patch(router)).error is None
    assert (len(router.azure.calls("deploy")), asked(router)) == (2, ["drain"])


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


@pytest.mark.parametrize(("status", "paused"), [(502, False), (504, True)])
async def test_only_a_busy_host_is_waited_for(
    router: InMemoryRouter, status: int, paused: bool
) -> None:
    router.azure.fail("admin", Unavailable("upstream", "No answer.", status=status), times=1)
    assert (await patch(router)).error is None
    assert ("drain" in asked(router)) == paused


async def test_keys_that_azure_does_not_list_at_once_are_waited_for(
    router: InMemoryRouter,
) -> None:
    router.restart()  # which forgets the keys
    router.azure.fail("app_keys", PlatformBusy("throttled"), times=2)
    assert (await patch(router)).error is None
    assert asked(router) == ["drain"]


async def test_host_that_has_restarted_is_paused_again(router: InMemoryRouter) -> None:
    paused: list[bool] = []

    async def restart_once(*_: Any) -> None:
        if router.azure.drains and asked(router) == ["drain"]:
            router.azure.drains = False

    async def note(*_: Any) -> None:
        paused.append(router.azure.drains)

    router.azure.after("admin", restart_once)
    router.azure.before("deploy", note)
    assert (await patch(router)).error is None
    assert (paused, asked(router)) == ([True], ["drain"] * 2)


async def test_late_call_leaves_the_host_to_the_one_that_came_first(
    router: InMemoryRouter,
) -> None:
    router.azure.fail("deploy", Changed("it was done by another call"), times=1)
    assert (await patch(router)).error is None
    assert asked(router) == ["drain"]


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
