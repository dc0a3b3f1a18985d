"""Apps as teams write them: with starters, clients, singletons, entities and classes of their own.

Each test has lines of its own, on which the same app runs.
"""

from pathlib import Path
from typing import Any

import aiohttp

from harness.azure_client import AzureClient
from harness.local_stack import LocalStack
from harness.router_client import RouterClient
from harness.waiting import line_in, run_to_end, until
from tests.e2e.apps import package

SETTINGS = {"ROUTER_AUTO_DRAIN": "false"}
CODE = (Path(__file__).parent / "team" / "function_app.py").read_text()


async def opened(router: RouterClient, *lines: str) -> None:
    for line in lines:
        await router.register(f"{line}.0", package(f"{line}.0", code=CODE), "?deploy=now")
    for line in lines:
        await line_in(router, line, "active")


async def ask(
    stack: LocalStack, session: aiohttp.ClientSession, line: str, path: str, body: Any = None
) -> Any:
    """Call a route of the app of a line at its own address."""
    hosts = await AzureClient.of(session, stack.endpoints).host_names()
    prefix = f"orders-{line.replace('.', '-')}-"
    (host,) = (hosts[name] for name in hosts if name.startswith(prefix))
    method = "GET" if body is None else "POST"
    async with session.request(method, f"http://{host}/api/{path}", json=body) as answer:
        is_json = "json" in answer.content_type
        return await answer.json() if is_json else await answer.text()


async def test_each_line_has_its_own_state_and_singleton(
    router: RouterClient, stack: LocalStack, session: aiohttp.ClientSession
) -> None:
    await opened(router, "1.0", "1.1")
    for line in ("1.0", "1.1"):
        for total in (1, 2):  # the newer line keeps another form of state under the same key
            assert (await run_to_end(router, "Shop.Basket", line, "book"))["output"] == total
        assert await ask(stack, session, line, "ensure") == "started"
        assert await ask(stack, session, line, "ensure") == "was there"


async def test_names_with_dots_and_underscores_and_classes_as_input(router: RouterClient) -> None:
    await opened(router, "2.0")
    order = {"__class__": "Order", "__module__": "function_app", "__data__": "book"}
    assert (await run_to_end(router, "_priced", "2.0", order))["output"] == "Order of book"


async def test_instance_of_an_own_starter_outlives_its_line(
    router: RouterClient, stack: LocalStack, session: aiohttp.ClientSession
) -> None:
    await opened(router, "3.0")
    own = await ask(stack, session, "3.0", "own/Shop.Basket", "book")

    async def ended() -> str:
        return str((await router.instance(own["id"])).body["runtimeStatus"])

    assert await until(ended, lambda status: status == "Completed")
    await router.line_action("3.0", "drain")
    await line_in(router, "3.0", "retired")
    assert (await router.instance(own["id"])).body["output"] == 1
    hosts = await AzureClient.of(session, stack.endpoints).host_names()
    assert not [name for name in hosts if name.startswith("orders-3-0-")]
