"""The demo is believed, so it must not be able to end well when a claim does not hold."""

import pytest

from demo.tell import DoesNotHold, Teller


async def answer(value: int) -> int:
    return value


def test_a_claim_that_does_not_hold_names_its_step_and_what_was_seen() -> None:
    tell = Teller()
    with tell.chapter("The first"):
        tell.check("one is one", 1, 1)
    with pytest.raises(DoesNotHold) as broken, tell.chapter("The second"):
        tell.check("no app is left", ["orders-1-0"], [])
    assert str(broken.value) == (
        "Step 2, “The second”: no app is left: expected [], saw ['orders-1-0']"
    )
    assert [title for title, _ in tell.chapters] == ["The first"]


def test_whatever_goes_wrong_in_a_step_names_the_step() -> None:
    with pytest.raises(DoesNotHold) as broken, Teller().chapter("The only one"):
        raise TimeoutError
    assert str(broken.value) == "Step 1, “The only one”: TimeoutError()"


async def test_what_does_not_come_about_in_time_does_not_hold() -> None:
    with pytest.raises(DoesNotHold) as late:
        await Teller(patience_seconds=0.0).until(
            "the line is retired", lambda: answer(1), lambda seen: seen == 2, str
        )
    assert str(late.value) == "the line is retired: not within 0 s, saw 1"


async def test_waiting_tells_each_change_once(capsys: pytest.CaptureFixture[str]) -> None:
    states = iter(["parked", "parked", "Running", "Completed"])

    async def look() -> str:
        return next(states)

    await Teller().until("it ends", look, lambda seen: seen == "Completed", str)
    told = [line.split("s  ")[1] for line in capsys.readouterr().out.splitlines()]
    assert told == ["parked", "Running", "Completed"]
