"""The settings of intervals, time limits and waits."""

from dataclasses import dataclass

from router.settings.parsers import seconds
from router.settings.setting import setting

_HOUR, _DAY = 3600.0, 86400.0


@dataclass(frozen=True, kw_only=True, repr=False)
class TimingSettings:
    """Intervals, time limits and waits."""

    poll_seconds: float = setting(
        seconds(0.05, _HOUR), "Interval at which a waiting step is polled.", 2.0, unit="s"
    )
    step_seconds: float = setting(
        seconds(1, _DAY), "Time limit of a step of an operation.", 900.0, unit="s"
    )
    monitor_seconds: float = setting(
        seconds(0.05, _DAY),
        "Interval at which a line is checked by its monitor. An active line other than the highest "
        "is checked every fifth time.",
        60.0,
        unit="s",
    )
    drain_apart_seconds: float = setting(
        seconds(0, _DAY),
        "Minimum time between the two readings that find a hub empty.",
        60.0,
        unit="s",
    )
    margin_seconds: float = setting(
        seconds(0, _DAY),
        "Safety margin added to every wait that must be long enough.",
        30.0,
        unit="s",
    )
