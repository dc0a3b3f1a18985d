"""The codes of malformed requests (400)."""

from router.domain.codes.error_code import ErrorCode

MALFORMED: tuple[ErrorCode, ...] = (
    ErrorCode(
        "bad-version",
        (400,),
        "The version is neither an exact semantic version nor a line.",
        "Send a version such as `1.0.3` or a line such as `1.0`.",
    ),
    ErrorCode(
        "version-conflict",
        (400,),
        "`X-App-Version` and `version=` name different versions.",
        "Send one of them.",
    ),
    ErrorCode("bad-function", (400,), "The function name is malformed.", "Correct the name."),
    ErrorCode(
        "bad-instance-id",
        (400,),
        "The instance id is missing or malformed, has a character that would not arrive whole at "
        "an app, or has the form of an id that the router made for another line.",
        "Use another id; `detail` names the rule.",
    ),
    ErrorCode(
        "bad-body",
        (400,),
        "The body is not strict JSON in UTF-8 (comments, `NaN` and numbers beyond the range of "
        "JSON's readers are not), has a character that cannot be stored (half of a surrogate pair, "
        "U+FFFE, U+FFFF), or is missing where an event needs one.",
        "Send a JSON value; a start may have no body.",
    ),
    ErrorCode(
        "body-too-deep",
        (400,),
        "The body is nested more than 60 levels deep, and Durable Functions accepts 64 at most.",
        "Send a flatter value, or a reference to it.",
    ),
    ErrorCode(
        "bad-event-name",
        (400,),
        "The event's name has a character that would not arrive whole at an app, or is still the "
        "placeholder `{eventName}`.",
        "Use another name, or replace the placeholder with the name of the event.",
    ),
    ErrorCode(
        "bad-reason",
        (400,),
        "The reason is not text in UTF-8, or has a character that cannot be stored (half of a "
        "surrogate pair, U+FFFE, U+FFFF).",
        "Correct the reason.",
    ),
    ErrorCode(
        "reason-too-long",
        (400,),
        "The reason has more than 4,096 characters once it is encoded for a URL, and a server "
        "accepts a request line of 8 KiB at most.",
        "Shorten the reason.",
    ),
    ErrorCode(
        "bad-deploy",
        (400,),
        "`deploy` has an unknown value.",
        "Send `auto`, `now` or `on-request`.",
    ),
    ErrorCode("bad-removes", (400,), "`removes` is unknown.", "Send `allow` or `refuse`."),
    ErrorCode(
        "unsupported-provider",
        (400,),
        "The package's host.json asks for a storage provider other than Azure Storage.",
        "Remove `extensions.durableTask.storageProvider.type` and the provider's options.",
    ),
    ErrorCode("bad-closed", (400,), "`closed` is not a boolean.", "Send `true` or `false`."),
    ErrorCode(
        "bad-request",
        (400,),
        "The line's app rejected the request.",
        "Check the body: an event's payload must be JSON.",
    ),
    ErrorCode(
        "start-refused",
        (400,),
        "The line's app rejected the start, for example because its body is too large.",
        "Correct the request, or ask the team that owns the line. A missing orchestrator does not "
        "cause this error: that instance becomes `Failed`, and its `output` says why.",
    ),
)
