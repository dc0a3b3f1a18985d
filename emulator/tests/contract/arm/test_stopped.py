"""The front end answers for a site that is stopped, until it is started or deleted."""

import http.client
from collections.abc import Callable

import pytest
from azure.mgmt.web import models as m

from emulator.tests.contract.arm.arm_process import Arm, accepts
from emulator.tests.contract.arm.azure_resources import GROUP, site
from emulator.tests.contract.arm.deployed_package import put_in_place, release
from emulator.tests.contract.arm.tiny_app import app_package

pytestmark = pytest.mark.usefixtures("group")
SENTENCE = "<h1>Error 403 - This web app is stopped.</h1>"


@pytest.fixture
def orders(arm: Arm, storage: str) -> m.Site:
    return site(arm.web(), "orders", {"AzureWebJobsStorage": storage, "GREETING": "hello"})


def port(app: m.Site) -> int:
    return int(str(app.default_host_name).partition(":")[2])


def refuses_as_stopped(app: m.Site, method: str = "GET", body: bytes | None = None) -> bool:
    """Return whether a request gets the page, after which the connection is closed."""
    connection = http.client.HTTPConnection("127.0.0.1", port(app), timeout=5)
    connection.request(method, "/runtime/webhooks/durabletask/instances/x", body)
    answer = connection.getresponse()
    kind = (answer.getheader("Content-Type") or "").partition(";")[0]
    is_page = SENTENCE in answer.read().decode()
    found = (answer.status, kind, answer.getheader("Connection"), is_page)
    return found == (403, "text/html", "close", True)


def test_stopped_site_answers_403_until_started(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    assert release(orders) == "1.0.0 hello"
    client = arm.web()
    for _ in range(2):  # the second stop changes nothing
        client.web_apps.stop(GROUP, "orders")
        assert client.web_apps.get(GROUP, "orders").state == "Stopped"
        assert refuses_as_stopped(orders)
        assert refuses_as_stopped(orders, "POST", b"x" * 1_000_000)
    assert arm.hosts() == []
    client.web_apps.start(GROUP, "orders")
    assert release(orders) == "1.0.0 hello"


def test_stopped_site_stays_so_after_a_restart_of_azure(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    arm.web().web_apps.stop(GROUP, "orders")
    arm.stop()
    arm.start()
    assert refuses_as_stopped(orders)
    put_in_place(arm, orders, upload(app_package("1.0.1")))
    assert refuses_as_stopped(orders)
    arm.web().web_apps.start(GROUP, "orders")
    assert release(orders) == "1.0.1 hello"


def test_site_without_a_package_is_stopped_and_started(arm: Arm, orders: m.Site) -> None:
    client = arm.web()
    client.web_apps.stop(GROUP, "orders")
    assert refuses_as_stopped(orders)
    client.web_apps.start(GROUP, "orders")
    assert not accepts(port(orders))


def test_deleted_site_refuses_although_it_was_stopped(arm: Arm, orders: m.Site) -> None:
    client = arm.web()
    client.web_apps.stop(GROUP, "orders")
    assert refuses_as_stopped(orders)
    client.web_apps.delete(GROUP, "orders")
    assert not accepts(port(orders))
