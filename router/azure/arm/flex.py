"""Build the request bodies for a line's Flex Consumption plan and the one app on it."""

from dataclasses import dataclass

from azure.mgmt.web import models

from router.ports import AppSpec

_CONNECTION = "AzureWebJobsStorage"
_HOST_NAMES = "ResourceGroupReuse"


@dataclass(frozen=True, slots=True)
class Flex:
    """The settings that all apps share. `location` is an Azure region."""

    location: str
    python_version: str
    memory_mb: int
    max_instances: int
    http_concurrency: int


def plan_body(spec: AppSpec, flex: Flex) -> models.AppServicePlan:
    """Return the body of a plan for one app, which costs nothing while idle."""
    return models.AppServicePlan(
        location=flex.location,
        kind="functionapp",
        properties=models.AppServicePlanProperties(reserved=True),
        sku=models.SkuDescription(name="FC1", tier="FlexConsumption"),
        tags=dict(spec.tags),
    )


def app_body(
    spec: AppSpec, flex: Flex, plan_id: str, container_url: str, *, new: bool
) -> models.Site:
    """Return the body of the app.

    `container_url`: the app's own container for its package. A `new` app gets a host name that no
    one else can take, and gets it again when it is created again.
    """
    pairs = [models.NameValuePair(name=name, value=spec.settings[name]) for name in spec.settings]
    config = models.SiteConfig(min_tls_version="1.2", ftps_state="Disabled", app_settings=pairs)
    return models.Site(
        location=flex.location,
        kind="functionapp,linux",
        tags=dict(spec.tags),
        identity=None if _CONNECTION in spec.settings else _own_identity(),
        properties=models.SiteProperties(
            server_farm_id=plan_id,
            https_only=True,
            auto_generated_domain_name_label_scope=_HOST_NAMES if new else None,
            site_config=config,
            function_app_config=models.FunctionAppConfig(
                deployment=models.FunctionsDeployment(
                    storage=_package_storage(spec, container_url)
                ),
                runtime=models.FunctionsRuntime(name="python", version=flex.python_version),
                scale_and_concurrency=models.FunctionsScaleAndConcurrency(
                    maximum_instance_count=flex.max_instances,
                    instance_memory_mb=flex.memory_mb,
                    triggers=_triggers(flex),
                ),
            ),
        ),
    )


def _triggers(flex: Flex) -> models.FunctionsScaleAndConcurrencyTriggers:
    return models.FunctionsScaleAndConcurrencyTriggers(
        http=models.FunctionsScaleAndConcurrencyTriggersHttp(
            per_instance_concurrency=flex.http_concurrency
        )
    )


def _package_storage(spec: AppSpec, container_url: str) -> models.FunctionsDeploymentStorage:
    if _CONNECTION in spec.settings:
        authentication = models.FunctionsDeploymentStorageAuthentication(
            type="StorageAccountConnectionString",
            storage_account_connection_string_name=_CONNECTION,
        )
    else:
        authentication = models.FunctionsDeploymentStorageAuthentication(
            type="SystemAssignedIdentity"
        )
    return models.FunctionsDeploymentStorage(
        type="blobContainer", value=container_url, authentication=authentication
    )


def _own_identity() -> models.ManagedServiceIdentity:
    return models.ManagedServiceIdentity(type="SystemAssigned")
