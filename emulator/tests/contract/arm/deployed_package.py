"""A package that is deployed in place, and the release that its app answers with."""

from azure.mgmt.web import models as m

from emulator.tests.contract.arm.arm_process import Arm, fetch, wait_until
from emulator.tests.contract.arm.azure_resources import deploy, deployment_status

DONE = 4


def put_in_place(arm: Arm, app: m.Site, uri: str) -> None:
    """Deploy a package and wait until it is deployed."""
    client = arm.web()
    deployment = deploy(client, app, uri)
    wait_until(lambda: deployment_status(client, str(app.name), deployment) == DONE)


def release(app: m.Site) -> str | None:
    return fetch(f"http://{app.default_host_name}/api/release")
