"""Requests of the tests to the control plane through the real SDK."""

from azure.core.rest import HttpRequest
from azure.mgmt.web import WebSiteManagementClient
from azure.mgmt.web import models as m

SUBSCRIPTION = "11111111-2222-3333-4444-555555555555"
GROUP = "rg-lines"
LOCATION = "westeurope"
API = {"api-version": "2025-05-01"}


def id_of(made: m.AppServicePlan | m.Site) -> str:
    """Return the id that every response has."""
    assert made.id is not None
    return made.id


def plan(client: WebSiteManagementClient, name: str, sku: str = "FC1", **tags: str) -> str:
    tier = {"FC1": "FlexConsumption", "EP1": "ElasticPremium"}[sku]
    body = m.AppServicePlan(
        location=LOCATION,
        kind="functionapp",
        properties=m.AppServicePlanProperties(reserved=True),
        sku=m.SkuDescription(name=sku, tier=tier),
        tags=tags,
    )
    made = client.app_service_plans.begin_create_or_update(GROUP, name, body).result()
    return id_of(made)


def site_body(plan_id: str, settings: dict[str, str], **tags: str) -> m.Site:
    pairs = [m.NameValuePair(name=name, value=value) for name, value in settings.items()]
    deployment = m.FunctionsDeployment(
        storage=m.FunctionsDeploymentStorage(
            type="blobContainer",
            value="https://st.blob.core.windows.net/c",
            authentication=m.FunctionsDeploymentStorageAuthentication(
                type="StorageAccountConnectionString",
                storage_account_connection_string_name="AzureWebJobsStorage",
            ),
        )
    )
    return m.Site(
        location=LOCATION,
        kind="functionapp,linux",
        tags=tags,
        properties=m.SiteProperties(
            server_farm_id=plan_id,
            https_only=True,
            site_config=m.SiteConfig(app_settings=pairs),
            function_app_config=m.FunctionAppConfig(
                deployment=deployment,
                runtime=m.FunctionsRuntime(name="python", version="3.13"),
                scale_and_concurrency=m.FunctionsScaleAndConcurrency(
                    maximum_instance_count=40, instance_memory_mb=2048
                ),
            ),
        ),
    )


def site(
    client: WebSiteManagementClient, name: str, settings: dict[str, str], **tags: str
) -> m.Site:
    body = site_body(plan(client, f"plan-{name}"), settings, **tags)
    return client.web_apps.begin_create_or_update(GROUP, name, body).result()


def deploy(client: WebSiteManagementClient, app: m.Site, uri: str) -> str:
    """Begin a deployment and give its id."""
    body = {"properties": {"packageUri": uri, "remoteBuild": True}}
    request = HttpRequest("PUT", f"{id_of(app)}/extensions/onedeploy", params=API, json=body)
    answer = client.send_request(request)
    answer.raise_for_status()
    assert answer.status_code == 202
    return str(answer.json()["properties"]["deploymentId"])


def deployment_status(client: WebSiteManagementClient, name: str, deployment: str) -> int | None:
    status: int | None = client.web_apps.get_deployment(GROUP, name, deployment).status
    return status
