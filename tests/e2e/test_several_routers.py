"""Routers of two applications share an account, and none works with what belongs to another."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import aiohttp
import psutil
import pytest

from emulator.host.functions.app_packages import INSTALLED
from emulator.processes.process import ROOT
from harness.function_host import DURABLE, FunctionHost, host_keys, running_host
from harness.local_stack import LocalStack
from harness.router_client import Answer, RouterClient, Started
from harness.waiting import event_taken, instance_ended, until
from tests.e2e import apps

SETTINGS = {"ROUTER_AUTO_DRAIN": "false"}
OWN = """

@app.orchestration_trigger(context_name="context")
def whose(context):
    return ["TEAM", context.get_input()]


@app.orchestration_trigger(context_name="context")
def waits(context):
    yield context.wait_for_external_event("go")
    return "TEAM"
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return tmp_path / "second.log"


async def test_two_applications_on_one_account_do_not_meet(
    router: RouterClient, stack: LocalStack, session: aiohttp.ClientSession, log: Path
) -> None:
    async with second_router(stack, session, log, "router-2", "bill-ing") as second:
        routers = {"orders": router, "billing": second}
        for team, each in routers.items():
            answer = await each.register("1.0.0", package(team))
            assert answer.status == 201, answer.body
        for team, each in routers.items():  # parked, as no line is up
            started = await each.start("whose", "1.0.0", team)
            assert (await instance_ended(each, started))["output"] == [team, team]
        named = [
            Started(await each.request_start("waits", "1.0.0", None, "nightly"))
            for each in routers.values()
        ]
        for (team, each), waiting in zip(routers.items(), named, strict=True):
            await event_taken(each, waiting, None)
            assert (await instance_ended(each, waiting))["output"] == team
        mine = (await router.start("whose", "1.0.0", 1)).id
        await until(lambda: router.instance(mine), lambda found: found.status == 200)
        assert (await second.instance(mine)).status == 404
        gone = await second.request("DELETE", f"/api/instances/{mine}", "client")
        assert gone.status == 404
        assert (await router.instance(mine)).status != 404


@pytest.mark.parametrize(
    ("application", "settings", "code"),
    [
        ("billing", {DURABLE + "hubName": "router"}, "hub-taken"),
        ("orders", {}, "catalog-taken"),
    ],
)
async def test_router_works_with_nothing_of_another(
    router: RouterClient,
    stack: LocalStack,
    session: aiohttp.ClientSession,
    log: Path,
    application: str,
    settings: dict[str, str],
    code: str,
) -> None:
    site = f"other-{application}"
    async with second_router(stack, session, log, site, application, settings) as second:
        refused: list[Answer] = [
            await second.get("/api/health"),
            await second.get("/api/lines"),
            await second.register("5.0.0", package("x")),
            await second.request_start("whose", "1.0.0", None),
        ]
        assert {(each.status, each.body["code"]) for each in refused} == {(503, code)}
        assert "of orders in the function app router." in refused[0].body["detail"]
    assert (await router.get("/api/health")).status == 200
    assert (await router.request("GET", "/api/releases/5.0.0", "ops")).status == 404


def package(team: str) -> bytes:
    return apps.package("1.0.0", extra=OWN.replace("TEAM", team))


@contextlib.asynccontextmanager
async def second_router(
    stack: LocalStack,
    session: aiohttp.ClientSession,
    log: Path,
    site: str,
    application: str,
    settings: dict[str, str] | None = None,
) -> AsyncIterator[RouterClient]:
    """Run another router with the first one's settings, as its operator may have copied them."""
    (first,) = stack.pids("router")
    environment = psutil.Process(first).environ() | {
        "ROUTER_APP_NAME": application,
        "WEBSITE_SITE_NAME": site,
        **(settings or {}),
    }
    del environment["WEBSITE_HOSTNAME"]
    host = FunctionHost(site, stack.storage, log, installed=INSTALLED)
    async with running_host(host, ROOT, environment):
        key = (await host_keys(stack.storage, site))["functionKeys"]["default"]
        client = RouterClient(session, host.url, dict.fromkeys(("client", "ops", "host"), key))
        await until(lambda: served(client), bool)
        yield client


async def served(client: RouterClient) -> bool:
    """Return True once the router's own code answers, whatever it says."""
    try:
        return (await client.get("/api/health")).body is not None
    except aiohttp.ClientError:
        return False
