"""The checks of every request, the headers of every response, and injected faults."""

import json
import re
import signal
import urllib.request
from collections.abc import Mapping
from email.message import Message
from types import MappingProxyType
from typing import Any
from urllib.error import HTTPError

import pytest
from azure.core.exceptions import (
    ClientAuthenticationError,
    HttpResponseError,
    ServiceResponseError,
)
from azure.core.rest import HttpResponse
from azure.identity.aio import ManagedIdentityCredential
from azure.mgmt.resource.resources.aio import ResourceManagementClient
from azure.mgmt.web import models as m
from azure.mgmt.web.aio import WebSiteManagementClient

from emulator.tests.contract.arm.arm_process import Arm, LoopbackHttp
from emulator.tests.contract.arm.azure_resources import (
    GROUP,
    LOCATION,
    SUBSCRIPTION,
    deploy,
    id_of,
    plan,
    site,
    site_body,
)

SITES = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Web/sites"


def ask(
    url: str,
    method: str = "GET",
    body: bytes | None = None,
    headers: Mapping[str, str] = MappingProxyType({}),
) -> tuple[int, Message, Any]:
    """The raw answer: status, headers, decoded body."""
    request = urllib.request.Request(url, data=body, method=method, headers=dict(headers))
    try:
        with urllib.request.urlopen(request, timeout=20) as answer:
            return answer.status, answer.headers, json.loads(answer.read() or "null")
    except HTTPError as error:
        with error:
            return error.code, error.headers, json.loads(error.read() or "null")


def bearer(arm: Arm) -> dict[str, str]:
    token = arm.credential().get_token("https://management.azure.com/.default").token
    return {"Authorization": f"Bearer {token}"}


def fault(arm: Arm, **fault: object) -> None:
    status, _, _ = ask(f"{arm.url}/emulator/faults", "POST", json.dumps(fault).encode())
    assert status == 201


def test_missing_token_is_401_with_a_challenge(arm: Arm) -> None:
    status, headers, body = ask(f"{arm.url}{SITES}?api-version=2025-05-01")

    assert (status, body["error"]["code"]) == (401, "AuthenticationFailed")
    assert headers["WWW-Authenticate"].startswith("Bearer ")


@pytest.mark.parametrize("token", ["nonsense", "a.b.c", "eyJhbGciOiJub25lIn0.e30."])
def test_unknown_token_is_401(arm: Arm, token: str) -> None:
    status, _, body = ask(
        f"{arm.url}{SITES}?api-version=1", headers={"Authorization": f"Bearer {token}"}
    )
    assert (status, body["error"]["code"]) == (401, "InvalidAuthenticationToken")


def test_token_for_another_audience_is_401(arm: Arm) -> None:
    token = arm.credential().get_token("https://vault.azure.net/.default").token
    status, _, body = ask(
        f"{arm.url}{SITES}?api-version=1", headers={"Authorization": f"Bearer {token}"}
    )
    assert (status, body["error"]["code"]) == (401, "InvalidAuthenticationTokenAudience")


def test_identity_endpoint_requires_its_header(arm: Arm, monkeypatch: pytest.MonkeyPatch) -> None:
    credential = arm.credential()
    monkeypatch.setenv("IDENTITY_HEADER", "wrong")
    with pytest.raises(ClientAuthenticationError):
        credential.__class__().get_token("https://management.azure.com/.default")


def test_api_version_is_required(arm: Arm) -> None:
    status, _, body = ask(f"{arm.url}{SITES}", headers=bearer(arm))
    assert (status, body["error"]["code"]) == (400, "MissingApiVersionParameter")


def test_unknown_route_is_404_in_arm_shape_and_logged(arm: Arm) -> None:
    path = f"/subscriptions/{SUBSCRIPTION}/providers/Microsoft.Nothing/things"
    status, _, body = ask(f"{arm.url}{path}?api-version=1", headers=bearer(arm))

    assert status == 404
    assert body.keys() == {"error"}
    assert body["error"]["code"] == "NotFound"
    assert re.search(rf"GET {path} 404", arm.log())


def test_unsupported_method_is_405(arm: Arm) -> None:
    status, _, body = ask(f"{arm.url}{SITES}?api-version=1", "DELETE", headers=bearer(arm))
    assert (status, body["error"]["code"]) == (405, "MethodNotAllowed")


def test_responses_have_request_ids_and_remaining_calls(arm: Arm) -> None:
    headers = {**bearer(arm), "x-ms-client-request-id": "mine"}
    _, answered, _ = ask(f"{arm.url}{SITES}?api-version=1", headers=headers)

    assert answered["x-ms-client-request-id"] == "mine"
    assert re.fullmatch(r"[0-9a-f-]{36}", answered["x-ms-request-id"])
    assert answered["x-ms-correlation-request-id"] == answered["x-ms-request-id"]
    assert answered["x-ms-ratelimit-remaining-subscription-reads"] == "249"


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"{", (400, "InvalidRequestContent")),
        (b"[1]", (400, "InvalidRequestContent")),
        (b"{}", (400, "BadRequest")),
        (b'"' + b"x" * (4 << 20) + b'"', (413, "RequestContentTooLarge")),
    ],
    ids=["cut short", "no object", "empty", "too large"],
)
def test_invalid_body_is_rejected(arm: Arm, body: bytes, expected: tuple[int, str]) -> None:
    path = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}"
    url = f"{arm.url}{path}/providers/Microsoft.Web/serverfarms/p?api-version=1"
    status, _, answer = ask(url, "PUT", body, headers=bearer(arm))
    assert (status, answer["error"]["code"]) == expected


def test_excess_calls_are_throttled(arm: Arm) -> None:
    headers, url = bearer(arm), f"{arm.url}/subscriptions/s/nothing?api-version=1"
    path = f"{arm.url}/subscriptions/s/resourceGroups/g?api-version=1"
    answers = [ask(path, "PUT", b"{}", headers=headers) for _ in range(400)]

    throttled = [headers["Retry-After"] for status, headers, _ in answers if status == 429]
    assert len(throttled) > 0
    assert set(throttled) == {"1"}
    assert ask(url, headers=headers)[0] == 404


@pytest.mark.usefixtures("group")
def test_sdk_retries_a_throttled_call(arm: Arm) -> None:
    fault(arm, effect="throttle", method="PUT", path="serverfarms", retry_after=1, times=2)
    assert plan(arm.web(), "p")
    assert ask(f"{arm.url}/emulator/faults")[2] == []


@pytest.mark.usefixtures("group")
def test_plan_is_throttled_in_app_service_shape(arm: Arm) -> None:
    fault(arm, effect="throttle-plan", path="/serverfarms/p$")
    with pytest.raises(HttpResponseError) as raised:
        plan(arm.web(retry_total=0), "p")

    assert (raised.value.status_code, raised.value.error) == (429, None)
    response = raised.value.response
    assert isinstance(response, HttpResponse)
    entity = response.json()["Details"][2]["ErrorEntity"]
    assert entity["ExtendedCode"] == "51025"
    assert "Retry-After" not in response.headers


@pytest.mark.usefixtures("group")
@pytest.mark.parametrize("status", [500, 503])
def test_fault_hits_the_nth_matching_call(arm: Arm, status: int) -> None:
    fault(arm, effect="status", status=status, method="GET", path="sites$", skip=1)
    client = arm.web(retry_total=0)

    assert list(client.web_apps.list()) == []
    with pytest.raises(HttpResponseError) as raised:
        list(client.web_apps.list())
    assert raised.value.status_code == status
    assert list(client.web_apps.list()) == []


@pytest.mark.usefixtures("group")
def test_fault_cuts_connection_before_or_after_handling(arm: Arm) -> None:
    client = arm.web(retry_total=0)
    for effect, name in (("reset", "never-made"), ("lost-answer", "made")):
        fault(arm, effect=effect, method="PUT", path=name)
        with pytest.raises(ServiceResponseError):
            plan(client, name)

    assert [p.name for p in client.app_service_plans.list()] == ["made"]


@pytest.mark.usefixtures("group")
def test_fault_fails_an_operation(arm: Arm) -> None:
    client = arm.web()
    fault(arm, effect="fail-operation", method="PUT", path="/sites/")
    with pytest.raises(HttpResponseError, match="could not create"):
        site(client, "orders", {})

    assert client.web_apps.get(GROUP, "orders").state == "Stopped"
    assert site(client, "orders", {}).state == "Running"


@pytest.mark.usefixtures("group")
def test_fault_fails_provisioning_with_status_200(arm: Arm) -> None:
    fault(arm, effect="fail-provisioning", method="PUT", path="/sites/")
    failed = site(arm.web(), "orders", {})

    assert failed["properties"]["provisioningState"] == "Failed"
    assert failed.state == "Stopped"


@pytest.mark.usefixtures("group")
def test_endless_operation_survives_a_kill(arm: Arm) -> None:
    client = arm.web()
    fault(arm, effect="never-ending", method="PUT", path="/sites/")
    body = site_body(plan(client, "p"), {})
    poller = client.web_apps.begin_create_or_update(GROUP, "orders", body, polling=False)
    token = poller.result().as_dict()
    arm.stop(signal.SIGKILL)
    arm.start()

    assert token["properties"]["provisioningState"] == "InProgress"
    assert arm.web().web_apps.get(GROUP, "orders").state == "Stopped"
    with pytest.raises(HttpResponseError, match="InProgress"):
        deploy(arm.web(), poller.result(), "http://127.0.0.1/x.zip")


@pytest.mark.usefixtures("group")
def test_concurrent_deployment_is_rejected(arm: Arm) -> None:
    client = arm.web()
    app = site(client, "orders", {})
    fault(arm, effect="never-ending", path="onedeploy")
    deploy(client, app, "http://127.0.0.1/x.zip")

    with pytest.raises(HttpResponseError, match="in progress"):
        deploy(client, app, "http://127.0.0.1/x.zip")


def test_invalid_fault_is_rejected(arm: Arm) -> None:
    for body in (b"{", b"{}", b'{"effect": "reset", "colour": 1}', b'{"effect": "explode"}'):
        assert ask(f"{arm.url}/emulator/faults", "POST", body)[0] == 400


async def test_async_clients_are_served(arm: Arm) -> None:
    arm.credential()
    options: dict[str, Any] = {
        "base_url": arm.url,
        "per_call_policies": [LoopbackHttp()],
        "polling_interval": 1,
    }
    async with (
        ManagedIdentityCredential() as credential,
        ResourceManagementClient(credential, SUBSCRIPTION, **options) as resources,
        WebSiteManagementClient(credential, SUBSCRIPTION, **options) as web,
    ):
        await resources.resource_groups.create_or_update(GROUP, {"location": LOCATION})
        sku = m.SkuDescription(name="FC1", tier="FlexConsumption")
        body = m.AppServicePlan(location=LOCATION, sku=sku)
        poller = await web.app_service_plans.begin_create_or_update(GROUP, "p", body)
        made = site_body(id_of(await poller.result()), {})
        app = await (await web.web_apps.begin_create_or_update(GROUP, "orders", made)).result()
        assert [s.name async for s in web.web_apps.list()] == [app.name]
