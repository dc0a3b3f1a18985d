"""The catalogue of problem codes: the meaning of each and what to do about it.

docs/errors.md is generated from it by `python -m router.error_page`.
"""

from router.domain.codes.error_code import ErrorCode
from router.domain.codes.malformed import MALFORMED

__all__ = ["ERROR_CODES", "ErrorCode"]

ERROR_CODES: tuple[ErrorCode, ...] = (
    *MALFORMED,
    ErrorCode(
        "bad-signature",
        (401,),
        "The signature of a management URL does not match, or is for other requests: each URL of a "
        "start is valid for its own purpose only.",
        "Use the URL exactly as returned, or query the instance with a key. When rotating "
        "`ROUTER_LINK_SECRETS`, keep the old secret in the list until its URLs have expired.",
    ),
    ErrorCode(
        "link-expired",
        (401,),
        "The management URL has expired.",
        "Query the instance with a key: `GET /api/instances/{id}`.",
    ),
    ErrorCode(
        "unknown-version",
        (404,),
        "The version is not registered; `knownVersions` lists those that are.",
        "Register the release, or use one of `knownVersions`.",
    ),
    ErrorCode(
        "unknown-line", (404,), "There is no such line.", "Check the spelling: `GET /api/lines`."
    ),
    ErrorCode(
        "unknown-operation",
        (404,),
        "There is no such operation.",
        "Check the spelling; a line's `events` name its operations.",
    ),
    ErrorCode(
        "unknown-instance",
        (404,),
        "There is no such instance.",
        "Check the spelling. The instance may have been purged, or its line's retention has ended.",
    ),
    ErrorCode(
        "unknown-route",
        (404,),
        "Instances or lines have no such action.",
        "Check the spelling; `detail` lists the actions.",
    ),
    ErrorCode(
        "no-default-version",
        (409,),
        "The request names no version, and no line is active.",
        "Name a version, or bring a line up.",
    ),
    ErrorCode(
        "release-exists",
        (409,),
        "The version is registered with another package.",
        "Register a new patch version: a release never changes.",
    ),
    ErrorCode(
        "instance-exists",
        (409,),
        "The id belongs to an instance of the same line that has not ended, or to a parked start. "
        "An id that the router made is never used twice.",
        "Use another id, or wait until the instance has ended.",
    ),
    ErrorCode(
        "id-taken",
        (409,),
        "The id belongs to an instance of another line.",
        "Use another id, or wait until the instance has ended.",
    ),
    ErrorCode(
        "operation-running",
        (409,),
        "Another operation is changing the line.",
        "Wait for the operation that `operation` names, then retry.",
    ),
    ErrorCode(
        "line-closed",
        (409,),
        "The line is draining and closed to new starts.",
        "Use another version, or reopen the line with `drain?closed=false` or `undrain`.",
    ),
    ErrorCode(
        "not-drained",
        (409,),
        "The line has work, or is not yet known to have none.",
        "See [why a line does not drain](operations.md#why-a-line-does-not-drain); `drain` holds "
        "the blockers.",
    ),
    ErrorCode(
        "wrong-state",
        (409,),
        "The line's state does not allow this.",
        "See [line states](operations.md#line-states).",
    ),
    ErrorCode(
        "wrong-status",
        (409, 412),
        "The instance's status does not allow this.",
        "Nothing: the instance already is, or no longer can be, in the requested status.",
    ),
    ErrorCode(
        "function-disabled",
        (409,),
        "The function is disabled in the line's app, by an app setting "
        "`AzureWebJobs.<function>.Disabled`. Nothing was started, and the id stays free.",
        "Enable the function, or use another version.",
    ),
    ErrorCode(
        "line-not-up",
        (409,),
        "The instance has ended, and its line has no app that could rewind or restart it.",
        "Bring the line up with `revive`, then send the request again. A `restartWithOptions` "
        "brings it up automatically.",
    ),
    ErrorCode(
        "release-superseded",
        (409,),
        "The release is registered, but `deploy=now` cannot put it in place: its line has run a "
        "newer one, and never returns to an older one.",
        "Register the older code again as a newer patch version.",
    ),
    ErrorCode(
        "release-in-use",
        (409,),
        "A release that is, was or is being put in place cannot be removed.",
        "Register a newer patch version instead: it replaces this one.",
    ),
    ErrorCode("instance-ended", (410,), "The instance has ended.", "Nothing."),
    ErrorCode(
        "length-required",
        (411,),
        "The body was sent in chunks (`Transfer-Encoding: chunked`), and Azure does not pass those "
        "to a function.",
        "Send the body with a `Content-Length`.",
    ),
    ErrorCode(
        "body-too-large",
        (413,),
        "The body is longer than `limit` bytes.",
        "Send less, or raise `ROUTER_MAX_BODY_BYTES`.",
    ),
    ErrorCode(
        "package-too-large",
        (413,),
        "The package is longer than `limit` bytes.",
        "Remove files from the package, or raise `ROUTER_MAX_PACKAGE_BYTES`.",
    ),
    ErrorCode(
        "unsupported-media-type",
        (415,),
        "A release must be a zip file.",
        "Send the package as `application/zip`.",
    ),
    ErrorCode(
        "bad-package",
        (422,),
        "The package cannot be a release; `problems` lists every reason.",
        "Fix the listed problems and rebuild the package.",
    ),
    ErrorCode(
        "limit-reached",
        (429,),
        "No capacity is left for another line; `lines` lists the lines that use it, and why.",
        "See [capacity](operations.md#capacity).",
    ),
    ErrorCode(
        "too-many-parked",
        (429,),
        "The start would have to be parked, and too many starts are parked already, for its line "
        "or in all. Nothing was started.",
        "Find out why the line does not take its starts, and retry after `Retry-After`; or raise "
        "`ROUTER_MAX_PARKED_PER_LINE` or `ROUTER_MAX_PARKED`.",
    ),
    ErrorCode(
        "settings-invalid",
        (500,),
        "The router's settings are invalid; `detail` lists every problem.",
        "Correct the app settings; see [settings](settings.md).",
    ),
    ErrorCode(
        "internal-error",
        (500,),
        "A bug in the router.",
        "Retry, and report it with the router's log. Work that was begun is resumed automatically.",
    ),
    ErrorCode(
        "upstream-unreachable",
        (502,),
        "The line's app cannot be reached.",
        "Retry. If it persists, check the line's app in Azure. Starts are parked, not lost.",
    ),
    ErrorCode(
        "upstream-unavailable",
        (502,),
        "The line's app answered with an unexpected status.",
        "Retry. If it persists, check the line's app in Azure.",
    ),
    ErrorCode(
        "line-failed",
        (503,),
        "The line's app did not become healthy; `detail` says why.",
        "Fix it and register a new patch version; see [line states](operations.md#line-states).",
    ),
    ErrorCode(
        "app-stopped",
        (503,),
        "The line's app is stopped in Azure.",
        "Start it in Azure; see [a stopped app](operations.md#a-stopped-app). Starts are parked, "
        "not lost.",
    ),
    ErrorCode(
        "newer-router",
        (503,),
        "The line, or the operation that changes it, was written by a newer router and has a state "
        "or a step that this one does not know. It is shown and left as it is.",
        "Deploy the newer router again.",
    ),
    ErrorCode("line-busy", (503,), "The line was changed concurrently too often.", "Retry."),
    ErrorCode(
        "instance-parked",
        (503,),
        "A start of this id is being forwarded to its line, or cancelled because another line has "
        "the id. Until that is recorded, the instance cannot be changed or started again.",
        "Retry later; a start that is still parked can be ended with `terminate`.",
    ),
    ErrorCode(
        "id-withdrawn",
        (503,),
        "A parked start of this id was terminated, and may still arrive at its line, where it "
        "will be terminated.",
        "Retry after `Retry-After`, or use another id.",
    ),
    ErrorCode(
        "catalog-unavailable",
        (503,),
        "The catalog cannot be read or written, so the request cannot be routed.",
        "Retry. If it persists, check the storage account; the router recovers automatically.",
    ),
    ErrorCode(
        "catalog-lost",
        (503,),
        "The catalog is empty, but releases or function apps of this router exist.",
        "See [recovering by hand](operations.md#recovering-by-hand).",
    ),
    ErrorCode(
        "azure-unavailable",
        (503,),
        "Azure Resource Manager failed to list the router's resources or the keys of the line's "
        "app.",
        "Retry. If it persists, check Azure's status and the roles of the router's identity.",
    ),
    ErrorCode(
        "start-uncertain",
        (503,),
        "It is unknown whether the start was accepted, because the router's own task hub did not "
        "answer.",
        "Retry for the same version with the id in `instanceId`; it will run at most once. If it "
        "persists, check the storage account of the router's host.",
    ),
    ErrorCode(
        "hub-unavailable",
        (503,),
        "The router's own task hub does not answer, so starts cannot be parked.",
        "Retry. If it persists, check the storage account of the router's host.",
    ),
    ErrorCode(
        "hub-taken",
        (503,),
        "The router's task hub belongs to another router, which `detail` names. Until that is "
        "corrected this router does nothing.",
        "See [several routers](operations.md#several-routers).",
    ),
    ErrorCode(
        "catalog-taken",
        (503,),
        "The catalog belongs to the router of the same application in another function app, which "
        "`detail` names. Until that is corrected this router does nothing.",
        "See [several routers](operations.md#several-routers).",
    ),
    ErrorCode("store-unavailable", (503,), "A storage account does not answer.", "Retry."),
    ErrorCode(
        "upstream-timeout",
        (504,),
        "The line's app did not answer in time.",
        "A start can be retried with the same id. A change of an instance may still take effect, "
        "so check its status first.",
    ),
)
