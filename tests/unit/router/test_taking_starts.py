"""Taking starts: by which picture one is placed, and under whose id."""

from dataclasses import replace
from typing import Any

import pytest

from router import starts
from router.core.errors import Refusal
from router.core.version import Ask
from router.snapshots import Snapshots
from router.starts import Taken, Wanted
from tests.fakes.catalog import MemoryCatalog
from tests.fakes.orchestrations import RememberedOrchestrations
from tests.fakes.scene import ONE, Scene


@pytest.fixture
def run() -> Any:
    return RememberedOrchestrations()


@pytest.fixture
def scene(monkeypatch: pytest.MonkeyPatch) -> Scene:
    """Its pictures are young for ever."""
    monkeypatch.setattr("router.snapshots._APART_SECONDS", 0.01)
    made = Scene(MemoryCatalog())
    made.services = replace(
        made.services, snapshots=Snapshots(made.catalog, 10.0, made.now, lambda: 100.0)
    )
    return made


async def test_a_start_of_what_another_router_registered_a_moment_ago_is_taken(
    scene: Scene, run: Any
) -> None:
    assert (await scene.services.snapshots.get()).lines == {}
    await scene.register()
    wanted = Wanted(Ask(ONE), "order", "order-17", "1")
    assert await starts.take(scene.services, wanted, run) == Taken("order-17", ONE, None, True)


@pytest.mark.parametrize(
    ("ask", "code"), [(Ask(ONE), "unknown-version"), (None, "no-default-version")]
)
async def test_a_start_of_what_is_in_no_picture_is_refused(
    scene: Scene, run: Any, ask: Ask | None, code: str
) -> None:
    with pytest.raises(Refusal) as refused:
        await starts.take(scene.services, Wanted(ask, "order", None, "1"), run)
    assert refused.value.code == code
    assert run.started == {}
