"""The calls that each operation makes to Azure, and the words in which an error tells of each.

Held against what the router really sends, so that no call can be forgotten.
"""

from router.domain.model import Operation, OperationKind
from tests.contract.faults.scene import Call, Scene

PROVISION, PATCH, RETIRE = OperationKind.PROVISION, OperationKind.PATCH, OperationKind.RETIRE
_MAKE: dict[Call, str] = {
    ("GET", "serverfarms/*"): "create the plan",
    ("PUT", "serverfarms/*"): "create the plan",
    ("GET", "sites/*"): "create the function app",
    ("PUT", "sites/*"): "create the function app",
    ("POST", "sites/*/config/appsettings/list"): "create the function app",
}
_DEPLOY: dict[Call, str] = {
    ("PATCH", "sites/*/providers/Microsoft.Resources/tags/default"): "with release 1.0.",
    ("PUT", "sites/*/extensions/onedeploy"): "deploy a package to",
    ("GET", "sites/*/deployments/*"): "read deployment",
    ("POST", "sites/*/host/default/listkeys"): "list the keys of",
}
CALLS: dict[OperationKind, dict[Call, str]] = {
    PROVISION: {**_MAKE, **_DEPLOY},  # a repair does the same
    PATCH: _DEPLOY,
    RETIRE: {
        ("DELETE", "sites/*"): "delete the function app",
        ("GET", "sites/*"): "delete the function app",
        ("GET", "serverfarms/*"): "delete the plan",
        ("DELETE", "serverfarms/*"): "delete the plan",
        ("GET", "resources"): "list the resources of line 1.0",
    },
}


async def live(scene: Scene, kind: OperationKind) -> Operation:
    """One operation, by a router that has just been started; release 1.0.0, patched to 1.0.1."""
    scene.restart()
    if kind is RETIRE:
        await scene.drain()
    return await scene.run(kind, {PROVISION: "1.0.0", PATCH: "1.0.1"}.get(kind))
