"""Running an operation's steps, and recording their progress across crashes."""

from router.lines import actions
from router.operations import runner
from router.ports import Deployment
from tests.fakes.router import LINE_ID, InMemoryRouter


async def test_repeated_end_records_one_event() -> None:
    router = InMemoryRouter()
    await router.provision()
    for _ in range(3):
        router.azure.pass_time(5)
        await runner.end(router.context, "provision-1-0-1")
    events = sorted(event.what for event in await router.catalog.events(LINE_ID))
    assert events == ["provision began (provision-1-0-1)", "provision-1-0-1 succeeded"]


async def test_calls_of_a_step_are_recorded_across_activities() -> None:
    router = InMemoryRouter()
    await router.register()
    router.azure.answer("deployment", Deployment(finished=False, detail="copying"))
    revived = await actions.revive(router.context, LINE_ID)
    operation_id = str(revived.operation)
    while (await runner.remaining_steps(router.context, operation_id))[0] != "await_deployment":
        await router.run_next_step()
    for calls in (1, 2, 3):
        await router.run_next_step()
        operation = await router.catalog.operation(operation_id)
        assert operation is not None
        step = next(each for each in operation.steps if each.name == "await_deployment")
        assert step.calls == calls
