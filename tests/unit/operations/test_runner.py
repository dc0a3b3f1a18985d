"""An operation's end, which a crash may let happen again."""

from router.operations import runner
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.scene import ONE, Scene


async def test_an_end_is_told_once_however_often_it_is_repeated() -> None:
    scene = Scene(MemoryCatalog())
    await scene.up()
    for _ in range(3):
        scene.world.pass_time(5)
        await runner.end(scene.context, "provision-1-0-1")
    told = sorted(event.what for event in await scene.catalog.events(ONE))
    assert told == ["provision began (provision-1-0-1)", "provision-1-0-1 succeeded"]
