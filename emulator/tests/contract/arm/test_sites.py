"""Plans and sites through the real SDK: create, get, list, update, delete."""

import re

import pytest
from azure.core.exceptions import HttpResponseError, ResourceExistsError, ResourceNotFoundError
from azure.mgmt.web import models as m

from emulator.tests.contract.arm.arm_process import Arm
from emulator.tests.contract.arm.azure_resources import (
    GROUP,
    LOCATION,
    SUBSCRIPTION,
    plan,
    site,
    site_body,
)

pytestmark = pytest.mark.usefixtures("group")
WEB = f"/subscriptions/{SUBSCRIPTION}/resourceGroups/{GROUP}/providers/Microsoft.Web"


def error_code(raised: HttpResponseError) -> str | None:
    return raised.error.code if raised.error else None


def test_created_site_has_azure_properties(arm: Arm) -> None:
    created = site(arm.web(), "orders-1-0", {"A": "1"}, line="1.0")
    port = created.default_host_name.partition(":")[2]

    assert 20_000 <= int(port) < 32_000
    assert created["id"] == f"{WEB}/sites/orders-1-0"
    assert (created.name, created.location, created.kind) == (
        "orders-1-0",
        LOCATION,
        "functionapp,linux",
    )
    assert created.tags == {"line": "1.0"}
    assert (created.state, created.enabled) == ("Running", True)
    assert created.server_farm_id == f"{WEB}/serverfarms/plan-orders-1-0"
    assert created.function_app_config.runtime.name == "python"
    assert created.site_config is None
    assert created == arm.web().web_apps.get(GROUP, "orders-1-0")


def test_creation_is_a_long_running_operation(arm: Arm) -> None:
    arm.stop()
    arm.start("--latency", "1.5")
    client = arm.web()
    body = site_body(plan(client, "p"), {})
    answers = []
    client.web_apps.begin_create_or_update(
        GROUP, "slow", body, raw_response_hook=lambda r: answers.append(r.http_response)
    ).result()

    first, *polls = answers
    assert first.status_code == 202
    assert first.headers["Retry-After"] == "1"
    assert f"{WEB}/sites/slow/operationResults/" in first.headers["Azure-AsyncOperation"]
    statuses = [poll.json().get("status") for poll in polls]
    assert statuses[-2:] == ["Succeeded", None]
    assert set(statuses[:-2]) == {"InProgress"}


def test_names_in_paths_ignore_case(arm: Arm) -> None:
    client = arm.web()
    site(client, "Orders", {})

    assert client.web_apps.get(GROUP.upper(), "oRDERS").name == "Orders"


def test_lists_of_group_and_subscription_include_tags(arm: Arm) -> None:
    client = arm.web()
    site(client, "one", {}, line="1.0")
    site(client, "two", {}, line="1.1")

    expected = [("one", {"line": "1.0"}), ("two", {"line": "1.1"})]
    assert [(s.name, s.tags) for s in client.web_apps.list_by_resource_group(GROUP)] == expected
    assert [(s.name, s.tags) for s in client.web_apps.list()] == expected
    assert [p.name for p in client.app_service_plans.list_by_resource_group(GROUP)] == [
        "plan-one",
        "plan-two",
    ]


def test_resource_list_is_filtered_by_tag(arm: Arm) -> None:
    client = arm.web()
    plan(client, "tagged", router="r1")
    site(client, "app", {}, router="r1")
    site(client, "other", {}, router="r2")
    by_tag = "tagName eq 'router' and tagValue eq 'r1'"

    found = list(arm.resources().resources.list(filter=by_tag))
    in_group = list(arm.resources().resources.list_by_resource_group(GROUP, filter=by_tag))
    assert [(r.name, r.type, r.tags) for r in found] == [
        ("tagged", "Microsoft.Web/serverfarms", None),  # Azure shows no tags then
        ("app", "Microsoft.Web/sites", None),
    ]
    assert in_group == found
    assert {r.name: r.tags for r in arm.resources().resources.list()}["app"] == {"router": "r1"}


def test_unsupported_filter_is_rejected(arm: Arm) -> None:
    with pytest.raises(HttpResponseError) as raised:
        list(arm.resources().resources.list(filter="tagValue eq 'r1'"))
    assert error_code(raised.value) == "InvalidFilterInQueryString"


def test_app_settings_are_replaced_as_a_whole(arm: Arm) -> None:
    client = arm.web()
    site(client, "orders", {"A": "1", "B": "2"})

    client.web_apps.update_application_settings(
        GROUP, "orders", m.StringDictionary(properties={"B": "3"})
    )
    assert client.web_apps.list_application_settings(GROUP, "orders").properties == {"B": "3"}


@pytest.mark.parametrize(
    ("member", "value", "reason"),
    [
        ("instanceMemoryMB", 1024, "(1024) is not allowed. Please set it to one of the allowed"),
        ("maximumInstanceCount", None, "() is not allowed, the allowed value range is [1, 1000]"),
        ("triggers", {"http": {"perInstanceConcurrency": 0}}, "(0) is not allowed, the allowed"),
    ],
)
def test_scale_that_flex_does_not_offer_is_refused(
    arm: Arm, member: str, value: object, reason: str
) -> None:
    client = arm.web()
    body = site_body(plan(client, "p"), {})
    body["properties"]["functionAppConfig"]["scaleAndConcurrency"][member] = value
    with pytest.raises(HttpResponseError, match=re.escape(reason)) as raised:
        client.web_apps.begin_create_or_update(GROUP, "orders", body)
    assert raised.value.status_code == 400


def test_tags_are_patched(arm: Arm) -> None:
    client = arm.web()
    site(client, "orders", {}, line="1.0")

    client.web_apps.update(
        GROUP, "orders", m.SitePatchResource({"tags": {"line": "1.0", "x": "y"}})
    )
    assert client.web_apps.get(GROUP, "orders").tags == {"line": "1.0", "x": "y"}


def test_deleting_a_site_deletes_its_empty_plan_by_default(arm: Arm) -> None:
    client = arm.web()
    site(client, "gone", {})
    site(client, "kept", {})

    client.web_apps.delete(GROUP, "gone")
    client.web_apps.delete(GROUP, "kept", delete_empty_server_farm=False)
    client.web_apps.delete(GROUP, "never-there")

    assert list(client.web_apps.list()) == []
    assert [p.name for p in client.app_service_plans.list()] == ["plan-kept"]


def test_plan_with_an_app_cannot_be_deleted(arm: Arm) -> None:
    client = arm.web()
    site(client, "orders", {})

    with pytest.raises(ResourceExistsError, match="web app"):
        client.app_service_plans.delete(GROUP, "plan-orders")


def test_flex_plan_hosts_a_single_app(arm: Arm) -> None:
    client = arm.web()
    first = site(client, "one", {})

    with pytest.raises(HttpResponseError) as raised:
        client.web_apps.begin_create_or_update(
            GROUP, "two", site_body(first.server_farm_id, {})
        ).result()
    assert raised.value.status_code == 409
    assert raised.value.error is None


def test_premium_plan_hosts_many_apps(arm: Arm) -> None:
    client = arm.web()
    shared = plan(client, "shared", sku="EP1")
    for name in ("one", "two"):
        client.web_apps.begin_create_or_update(GROUP, name, site_body(shared, {})).result()

    assert [s.name for s in client.app_service_plans.list_web_apps(GROUP, "shared")] == [
        "one",
        "two",
    ]


def test_flex_app_requires_function_app_config(arm: Arm) -> None:
    client = arm.web()
    body = m.Site(
        location=LOCATION,
        kind="functionapp,linux",
        properties=m.SiteProperties(server_farm_id=plan(client, "p")),
    )

    with pytest.raises(HttpResponseError, match="FunctionAppConfig") as raised:
        client.web_apps.begin_create_or_update(GROUP, "orders", body)
    assert raised.value.status_code == 400


def test_setting_unsupported_on_flex_is_rejected(arm: Arm) -> None:
    client = arm.web()
    body = site_body(plan(client, "p"), {"FUNCTIONS_WORKER_RUNTIME": "python"})

    with pytest.raises(HttpResponseError, match="FUNCTIONS_WORKER_RUNTIME"):
        client.web_apps.begin_create_or_update(GROUP, "orders", body)


def test_recreated_site_is_updated_and_keeps_its_address(arm: Arm) -> None:
    client = arm.web()
    first = site(client, "orders", {"A": "1"}, line="1.0")
    again = client.web_apps.begin_create_or_update(
        GROUP, "orders", site_body(first.server_farm_id, {"A": "2"}, line="1.0", more="x")
    ).result()

    assert again.default_host_name == first.default_host_name
    assert again.tags == {"line": "1.0", "more": "x"}
    assert client.web_apps.list_application_settings(GROUP, "orders").properties == {"A": "2"}


def test_name_availability_is_reported(arm: Arm) -> None:
    client = arm.web()
    site(client, "orders", {})

    def available(name: str) -> bool:
        model = m.ResourceNameAvailabilityRequest(name=name, type="Microsoft.Web/sites")
        return bool(client.check_name_availability(model).name_available)

    assert (available("ORDERS"), available("others")) == (False, True)


def test_missing_resources_are_404(arm: Arm) -> None:
    client = arm.web()
    with pytest.raises(ResourceNotFoundError) as site_error:
        client.web_apps.get(GROUP, "nowhere")
    with pytest.raises(ResourceNotFoundError) as group_error:
        client.web_apps.delete("no-such-group", "nowhere")

    assert error_code(site_error.value) == "ResourceNotFound"
    assert error_code(group_error.value) == "ResourceGroupNotFound"


def test_resource_group_is_deleted_with_its_resources(arm: Arm) -> None:
    client = arm.resources()
    site(arm.web(), "orders", {})
    groups = client.resource_groups

    assert groups.check_existence(GROUP)
    assert groups.get(GROUP).location == LOCATION
    assert [g.name for g in groups.list()] == [GROUP]
    groups.begin_delete(GROUP).result()
    assert not groups.check_existence(GROUP)
    assert list(client.resources.list()) == []
