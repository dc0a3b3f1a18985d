"""An operation's end, which a crash may let happen again."""

from router.operations import runner
from tests.fakes.router import LINE_ID, InMemoryRouter


async def test_an_end_is_told_once_however_often_it_is_repeated() -> None:
    router = InMemoryRouter()
    await router.provision()
    for _ in range(3):
        router.azure.pass_time(5)
        await runner.end(router.context, "provision-1-0-1")
    told = sorted(event.what for event in await router.catalog.events(LINE_ID))
    assert told == ["provision began (provision-1-0-1)", "provision-1-0-1 succeeded"]
