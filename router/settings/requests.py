"""The settings of what is accepted and forwarded."""

from dataclasses import dataclass

from router.settings.parsers import integer, seconds
from router.settings.setting import setting

_HOUR = 3600.0


@dataclass(frozen=True, kw_only=True, repr=False)
class RequestSettings:
    """The limits of requests."""

    max_body_bytes: int = setting(
        integer(1, 100 << 20), "Maximum size of a request body.", 1 << 20, unit="bytes"
    )
    max_package_bytes: int = setting(
        integer(1, 1 << 30), "Maximum size of a package.", 100 << 20, unit="bytes"
    )
    max_parked: int = setting(
        integer(1, 1_000_000),
        "Maximum number of starts that are parked at once. It is counted every few seconds, so a "
        "burst may exceed it.",
        20_000,
    )
    max_parked_per_line: int = setting(
        integer(1, 1_000_000), "The same for the starts of one line.", 5_000
    )
    snapshot_seconds: float = setting(
        seconds(0, _HOUR),
        "Maximum age of the snapshot of the catalog that starts are routed by.",
        10.0,
        unit="s",
    )
    forward_seconds: float = setting(
        seconds(0.1, 230),
        "Time limit of forwarding a start, including retries, and of a request for an instance. An "
        "id that belonged to another line stays unused for this time plus the margin.",
        20.0,
        unit="s",
    )
