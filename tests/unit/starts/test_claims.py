"""What a start under a caller's id does to the id, and to what runs under it already."""

from dataclasses import replace

import pytest

from router.domain.errors import Refusal
from router.domain.model import Claim, Owner
from router.domain.version import RequestedVersion
from router.ports import Answer
from router.starts import service as starts
from router.starts.service import StartRequest
from tests.fakes.scene import NOON, ONE, Scene, claim_of

NAME = "order-17"
WANTED = StartRequest(RequestedVersion(ONE), "order", NAME, "1")


@pytest.fixture
async def former(scene: Scene) -> Claim:
    """Of the id, whose instance has ended."""
    scene.world.owners[NAME] = Owner("Hub1x0", "Completed", NOON)
    return await scene.catalog.add_claim(Claim(NAME, ONE, NOON))


async def refused(scene: Scene) -> str:
    with pytest.raises(Refusal) as told:
        await starts.accept(scene.context, WANTED)
    return told.value.code


async def test_nothing_is_sent_under_the_id_of_what_runs(scene: Scene) -> None:
    """Should that continue as new meanwhile, it would be taken for the caller's own."""
    scene.world.owners[NAME] = Owner("Hub1x0", "Running", NOON)
    assert await refused(scene) == "instance-exists"
    assert scene.world.started == []


async def test_a_refused_start_leaves_the_claim_as_it_was(
    scene: Scene, former: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unwanted(*_: object, **__: object) -> Answer:
        assert (await claim_of(scene, NAME)).before == NOON
        return Answer(400, {}, b"")

    monkeypatch.setattr(scene.world, "start", unwanted)
    assert await refused(scene) == "start-refused"
    assert replace(await claim_of(scene, NAME), etag=former.etag) == former


async def test_unless_somebody_has_claimed_it_since(
    scene: Scene, former: Claim, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def unwanted(*_: object, **__: object) -> Answer:
        await scene.catalog.replace_claim(await claim_of(scene, NAME))
        return Answer(400, {}, b"")

    monkeypatch.setattr(scene.world, "start", unwanted)
    assert await refused(scene) == "start-refused"
    assert (await claim_of(scene, NAME)).before == NOON
