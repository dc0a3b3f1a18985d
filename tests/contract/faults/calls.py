"""The calls that each operation makes to Azure, with the words in which an error names each.

A test compares them with what the router sends, so that none can be missing.
"""

from router.domain.model import Operation, OperationKind
from tests.contract.faults.environment import Call, Environment

PROVISION, PATCH, RETIRE = OperationKind.PROVISION, OperationKind.PATCH, OperationKind.RETIRE
_CREATE: dict[Call, str] = {
    ("GET", "serverfarms/*"): "create the plan",
    ("PUT", "serverfarms/*"): "create the plan",
    ("GET", "sites/*"): "create the function app",
    ("PUT", "sites/*"): "create the function app",
    ("POST", "sites/*/config/appsettings/list"): "read the settings of",
}
_DEPLOY: dict[Call, str] = {
    ("PATCH", "sites/*/providers/Microsoft.Resources/tags/default"): "with release 1.0.",
    ("GET", "sites/*/deployments"): "deploy a package to",
    ("PUT", "sites/*/extensions/onedeploy"): "deploy a package to",
    ("GET", "sites/*/deployments/*"): "read deployment",
    ("POST", "sites/*/host/default/listkeys"): "list the keys of",
    ("POST", "sites/*/syncfunctiontriggers"): "sync the triggers of",
}
CALLS: dict[OperationKind, dict[Call, str]] = {
    PROVISION: {**_CREATE, **_DEPLOY},  # a repair does the same
    PATCH: {("GET", "sites/*"): "read the function app", **_DEPLOY},
    RETIRE: {
        ("POST", "sites/*/config/appsettings/list"): "read the settings of",
        ("GET", "sites/*"): "read the function app",
        ("POST", "sites/*/stop"): "stop the function app",
        ("DELETE", "sites/*"): "delete the function app",
        ("GET", "serverfarms/*"): "delete the plan",
        ("DELETE", "serverfarms/*"): "delete the plan",
        ("GET", "serverfarms"): "list the resources of line 1.0",
        ("GET", "sites"): "list the resources of line 1.0",
    },
}


async def run_after_restart(environment: Environment, kind: OperationKind) -> Operation:
    """Restart the router and run one operation: release 1.0.0, or the patch to 1.0.1."""
    environment.restart()
    if kind is RETIRE:
        await environment.drain()
    return await environment.run(kind, {PROVISION: "1.0.0", PATCH: "1.0.1"}.get(kind))
