"""The demo's output: it cannot end well if a check fails."""

import pytest

from demo.console import CheckFailedError, Console
from harness.waiting import Patience


async def answer(value: int) -> int:
    return value


def test_failed_check_names_its_step_and_what_was_seen() -> None:
    console = Console()
    with console.step("The first"):
        console.check("one is one", 1, 1)
    with pytest.raises(CheckFailedError) as failed, console.step("The second"):
        console.check("no app is left", ["orders-1-0"], [])
    assert str(failed.value) == (
        "Step 2, “The second”: no app is left: expected [], saw ['orders-1-0']"
    )
    assert [title for title, _ in console.steps] == ["The first"]


def test_any_error_in_a_step_names_the_step() -> None:
    with pytest.raises(CheckFailedError) as failed, Console().step("The only one"):
        raise TimeoutError
    assert str(failed.value) == "Step 1, “The only one”: TimeoutError()"


async def test_wait_without_progress_fails() -> None:
    console = Console(new_patience=lambda: Patience(seconds=0, checks=1))
    with pytest.raises(CheckFailedError) as failed:
        await console.until("the line is retired", lambda: answer(1), lambda seen: seen == 2, str)
    assert str(failed.value) == "the line is retired: no progress for 0 s; last seen: 1"


async def test_wait_prints_each_change_once(capsys: pytest.CaptureFixture[str]) -> None:
    states = iter(["parked", "parked", "Running", "Completed"])

    async def check() -> str:
        return next(states)

    await Console().until("it ends", check, lambda seen: seen == "Completed", str)
    printed = [line.split("s  ")[1] for line in capsys.readouterr().out.splitlines()]
    assert printed == ["parked", "Running", "Completed"]
