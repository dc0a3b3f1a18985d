"""The orchestrators, activities and entities of the engine's tests."""

import asyncio
from collections.abc import Generator
from typing import Any

from emulator.tests.contract.engine.replayer import (
    Call,
    Child,
    Context,
    ContinueAsNew,
    Failure,
    Replayer,
    Send,
    Sleep,
    Wait,
)

Steps = Generator[Any, Any, Any]


def hello(_: Context) -> Steps:
    first = yield Call("say", "Tokyo")
    second = yield Call("say", "Seattle")
    return [first, second]


def echo(context: Context) -> Steps:
    yield []
    return context.input


def approval(context: Context) -> Steps:
    context.show({"step": "waiting for approval"})
    return (yield Wait("approve"))


def collect(context: Context) -> Steps:
    """Collect as many events as the input says, in order."""
    seen = []
    for _ in range(context.input):
        item = yield Wait("item")
        seen += [item]
    return seen


def sleeper(context: Context) -> Steps:
    yield Sleep(context.input)
    return "rested"


def eternal(context: Context) -> Steps:
    if context.input < 2:
        yield []
        return ContinueAsNew(context.input + 1)
    yield Sleep(3600)
    return None


def collect_as_new(context: Context) -> Steps:
    """Collect one event per generation until there are as many as the input says."""
    seen, wanted = context.input
    item = yield Wait("item")
    seen = [*seen, item]
    return seen if len(seen) == wanted else ContinueAsNew([seen, wanted])


def parent(context: Context) -> Steps:
    return (yield Child("approval", f"{context.instance_id}:child", "z"))


def parent_of(context: Context) -> Steps:
    """Run a child of any name, catching its failure."""
    name, input_ = context.input
    try:
        result = yield Child(name, f"{context.instance_id}:child", input_)
    except Failure as failure:
        return f"caught: {failure}"
    return result


def parent_with_id(context: Context) -> Steps:
    """Run a child whose id ends with a character that no XML has."""
    return (yield Child("hello", f"{context.input}\ufffe", None))


def failing_parent(context: Context) -> Steps:
    return (yield Child("rewindable", f"{context.instance_id}:child", context.input))


def boom(_: Context) -> Steps:
    return (yield Call("explode"))


def rewindable(context: Context) -> Steps:
    before = yield Call("say", "before")
    after = yield Call("fails_first", context.input)
    return [before, after]


def retrying(_: Context) -> Steps:
    try:
        yield Call("explode")
    except Failure:
        yield Sleep(1800)
    return (yield Call("explode"))


def slow(context: Context) -> Steps:
    return (yield Call("nap", [context.input]))


def fan(context: Context) -> Steps:
    return (yield [Call("say", n) for n in range(context.input)])


def unknown_activity(_: Context) -> Steps:
    return (yield Call("missing_activity"))


def counts(context: Context) -> Steps:
    """Add to an entity with signals."""
    for amount in context.input["amounts"]:
        yield Send(context.input["entity"], "op", {"op": "add", "input": str(amount)})
    return "sent"


async def say(name: Any) -> str:
    return f"Hello {name}!"


async def explode(_: Any) -> None:
    raise Failure("the activity failed on purpose")


async def nap(seconds: Any) -> str:
    await asyncio.sleep(seconds[0])
    return "awake"


async def big(size: int) -> str:
    return "x" * size


def big_result(context: Context) -> Steps:
    text = yield Call("big", context.input)
    return text


def counter(state: Any, operations: list[Any]) -> int:
    return (state or 0) + sum(int(o["input"]) for o in operations if o["op"] == "add")


ORCHESTRATORS = {
    function.__name__: function
    for function in (
        hello,
        echo,
        approval,
        collect,
        sleeper,
        eternal,
        collect_as_new,
        parent,
        parent_of,
        parent_with_id,
        failing_parent,
        boom,
        rewindable,
        retrying,
        slow,
        fan,
        unknown_activity,
        counts,
        big_result,
    )
}


def app(**extra_activities: Any) -> Replayer:
    """Return a new executor with some additional activities."""
    activities = {f.__name__: f for f in (say, explode, nap, big)}
    return Replayer(ORCHESTRATORS, {**activities, **extra_activities}, {"counter": counter})
