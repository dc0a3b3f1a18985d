"""The settings of the team's application, and where in Azure its lines are."""

from dataclasses import dataclass

from router.domain.cloud import Cloud
from router.settings.parsers import member, text, url
from router.settings.setting import setting


@dataclass(frozen=True, kw_only=True, repr=False)
class TeamSettings:
    """The application, and where in Azure its lines are."""

    app_name: str = setting(
        text(r"(?=.{3,24}$)[a-z][a-z0-9]*(-[a-z0-9]+)*", "3 to 24 characters of a-z, 0-9, dashes"),
        "Name of the team's application; prefix of the names of all resources that the router "
        "creates.",
    )
    subscription_id: str = setting(
        text(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "a subscription id"),
        "Azure subscription of the lines' function apps.",
    )
    resource_group: str = setting(
        text(r"[-\w._()]{1,90}", "the name of a resource group"),
        "Resource group of the lines' function apps.",
    )
    location: str = setting(
        text(r"[A-Za-z0-9 ]{2,40}", "a region such as westeurope"),
        "Region of the lines' function apps.",
    )
    cloud: Cloud = setting(  # noqa: RUF009 - an enum is immutable
        member(Cloud),
        "Cloud that the subscription and the storage accounts given by name are in: `AzureCloud`, "
        "`AzureUSGovernment` or `AzureChinaCloud`.",
        Cloud.PUBLIC,
    )
    arm_url: str = setting(url, "URL of Azure Resource Manager. By default, that of the cloud.", "")
    upstream_scheme: str = setting(
        text(r"https?", "http or https"), "URL scheme of the lines' function apps.", "https"
    )
