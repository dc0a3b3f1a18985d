"""One deploy runs a package as a process, which survives crashes around it."""

import signal
import socket
import threading
import time
import uuid
from collections.abc import Callable

import psutil
import pytest
from azure.core.exceptions import HttpResponseError
from azure.mgmt.web import models as m

from emulator.tests.contract.arm.arm_process import Arm, fetch, wait_until
from emulator.tests.contract.arm.azure_resources import GROUP, deploy, deployment_status, site
from emulator.tests.contract.arm.deployed_package import DONE, put_in_place, release
from emulator.tests.contract.arm.tiny_app import app_package

pytestmark = pytest.mark.usefixtures("group")
FAILED = 3


@pytest.fixture
def orders(arm: Arm, storage: str) -> m.Site:
    return site(arm.web(), "orders", {"AzureWebJobsStorage": storage, "GREETING": "hello"})


def pid(app: m.Site) -> int:
    return int(fetch(f"http://{app.default_host_name}/api/pid") or 0)


def test_deployed_package_gets_app_settings(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    assert release(orders) is None
    put_in_place(arm, orders, upload(app_package("1.0.0")))

    assert release(orders) == "1.0.0 hello"
    assert (arm.state / "logs" / "orders.log").stat().st_size > 0


def test_local_settings_in_a_package_are_not_read(
    arm: Arm, storage: str, upload: Callable[[bytes], str]
) -> None:
    app = site(arm.web(), "orders", {"AzureWebJobsStorage": storage})
    local = '{"IsEncrypted": false, "Values": {"GREETING": "local"}}'
    put_in_place(arm, app, upload(app_package("1.0.0", **{"local.settings.json": local})))
    wait_until(lambda: release(app) == "1.0.0 ")


def test_deployments_are_listed_latest_first(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    put_in_place(arm, orders, upload(app_package("1.0.1")))
    client = arm.web()

    listed = list(client.web_apps.list_deployments(GROUP, "orders"))
    assert [(d.status, d.active, d.deployer) for d in listed] == [
        (DONE, True, "OneDeploy"),
        (DONE, False, "OneDeploy"),
    ]
    latest = client.web_apps.get_one_deploy_status(GROUP, "orders")
    assert latest["properties"]["deploymentId"] == listed[0].name
    assert latest["properties"]["provisioningState"] == "Succeeded"


def test_no_request_fails_during_a_patch(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    wait_until(lambda: release(orders) == "1.0.0 hello")
    answers: list[str | None] = []
    stop = threading.Event()

    def trickle() -> None:
        while not stop.is_set():
            answers.append(release(orders))
            time.sleep(0.02)

    callers = [threading.Thread(target=trickle) for _ in range(3)]
    for caller in callers:
        caller.start()
    put_in_place(arm, orders, upload(app_package("1.0.1")))
    after_done = len(answers)
    wait_until(lambda: len(answers) > after_done + 20)
    stop.set()
    for caller in callers:
        caller.join()

    assert set(answers) == {"1.0.0 hello", "1.0.1 hello"}
    assert release(orders) == "1.0.1 hello"
    assert len(arm.hosts()) == 1


def test_keys_are_listed_once_a_host_has_run(
    arm: Arm, storage: str, upload: Callable[[bytes], str]
) -> None:
    client, name = arm.web(), f"app-{uuid.uuid4().hex}"
    app = site(client, name, {"AzureWebJobsStorage": storage})
    with pytest.raises(HttpResponseError, match="from host runtime") as raised:
        client.web_apps.list_host_keys(GROUP, name)
    assert (raised.value.status_code, raised.value.error) == (400, None)

    put_in_place(arm, app, upload(app_package("1.0.0")))
    wait_until(lambda: release(app))
    keys = client.web_apps.list_host_keys(GROUP, name)
    assert keys.master_key
    assert keys.function_keys is not None
    assert list(keys.function_keys) == ["default"]


def test_functions_are_those_of_the_host(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    client = arm.web()
    assert list(client.web_apps.list_functions(GROUP, "orders")) == []

    put_in_place(arm, orders, upload(app_package("1.0.0")))
    wait_until(lambda: release(orders))
    functions = list(client.web_apps.list_functions(GROUP, "orders"))
    assert [f.name for f in functions] == ["orders/pid", "orders/release"]
    client.web_apps.sync_function_triggers(GROUP, "orders")


def test_changed_settings_restart_the_app(
    arm: Arm, orders: m.Site, storage: str, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    arm.web().web_apps.update_application_settings(
        GROUP,
        "orders",
        m.StringDictionary(properties={"AzureWebJobsStorage": storage, "GREETING": "bye"}),
    )
    wait_until(lambda: release(orders) == "1.0.0 bye")


def test_restart_replaces_the_process(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    before = pid(orders)
    arm.web().web_apps.restart(GROUP, "orders", synchronous=True)

    assert pid(orders) != before
    assert not psutil.pid_exists(before)


def test_killed_host_is_restarted(arm: Arm, orders: m.Site, upload: Callable[[bytes], str]) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    before = pid(orders)
    psutil.Process(before).kill()

    assert release(orders) == "1.0.0 hello"
    assert pid(orders) != before


def test_restarted_control_plane_starts_its_sites(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    arm.stop()
    assert arm.hosts() == []
    arm.start()

    assert release(orders) == "1.0.0 hello"
    assert arm.web().web_apps.get(GROUP, "orders") == orders


def test_hosts_survive_a_killed_control_plane(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    before = pid(orders)
    arm.stop(signal.SIGKILL)
    assert release(orders) == "1.0.0 hello"
    arm.start()

    assert pid(orders) == before
    put_in_place(arm, orders, upload(app_package("1.0.1")))
    assert release(orders) == "1.0.1 hello"
    assert [process.pid for process in arm.hosts()] == [pid(orders)]


def test_killed_adopted_host_is_restarted(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    before = pid(orders)
    arm.stop(signal.SIGKILL)
    arm.start()
    psutil.Process(before).kill()

    wait_until(lambda: release(orders))
    assert pid(orders) != before


def test_deployment_resumes_after_a_kill(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    deploy(arm.web(), orders, upload(app_package("1.0.0")))
    arm.stop(signal.SIGKILL)
    arm.start()

    wait_until(lambda: release(orders) == "1.0.0 hello")


def test_deleted_site_leaves_no_process_and_no_files(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    arm.web().web_apps.delete(GROUP, "orders")

    assert release(orders) is None
    assert arm.hosts() == []
    assert list((arm.state / "packages").iterdir()) == []


@pytest.mark.parametrize(
    ("package", "reason"),
    [
        (b"no zip at all", "not a readable zip"),
        (app_package("1.0.0", **{"../evil.py": ""}), "is outside the package"),
    ],
)
def test_invalid_package_fails_and_keeps_the_running_app(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str], package: bytes, reason: str
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    client = arm.web()
    deployment = deploy(client, orders, upload(package))

    wait_until(lambda: deployment_status(client, "orders", deployment) == FAILED)
    assert reason in client.web_apps.get_deployment(GROUP, "orders", deployment).message
    assert release(orders) == "1.0.0 hello"


def test_package_uri_must_be_on_loopback(arm: Arm, orders: m.Site) -> None:
    client = arm.web()
    deployment = deploy(client, orders, "https://example.com/app.zip?sig=secret")

    wait_until(lambda: deployment_status(client, "orders", deployment) == FAILED)
    message = client.web_apps.get_deployment(GROUP, "orders", deployment).message
    assert "must be on loopback" in message
    assert "secret" not in message + arm.log()


def test_app_that_is_not_indexed_refuses_until_repaired(
    arm: Arm, orders: m.Site, upload: Callable[[bytes], str]
) -> None:
    put_in_place(arm, orders, upload(app_package("1.0.0")))
    wait_until(lambda: release(orders) == "1.0.0 hello")
    broken = app_package("2.0.0", **{"function_app.py": "import no_such_module"})
    put_in_place(arm, orders, upload(broken))
    log = arm.state / "logs" / "orders.log"
    wait_until(lambda: log.read_text().count("No module named 'no_such_module'") >= 2)
    assert "(function_app.py, line 1)" in log.read_text()
    name, _, port = str(orders.default_host_name).partition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((name, int(port)), 1)

    put_in_place(arm, orders, upload(app_package("2.0.1")))
    wait_until(lambda: release(orders) == "2.0.1 hello")
