"""The settings of how many lines there are, and how long each lives."""

from dataclasses import dataclass

from router.domain.background import BackgroundTriggers
from router.settings.parsers import boolean, integer, member, seconds
from router.settings.setting import setting

_DAY = 86400.0


@dataclass(frozen=True, kw_only=True, repr=False)
class LifetimeSettings:
    """The number of lines, and the life of each."""

    auto_drain: bool = setting(
        boolean, "Whether lower lines are drained when a higher one becomes active.", default=True
    )
    background_triggers: BackgroundTriggers = setting(  # noqa: RUF009 - an enum is immutable
        member(BackgroundTriggers),
        "On which lines functions run whose trigger is neither HTTP nor Durable's, such as timers "
        "and queues. `newest`: on the highest active line; on the others they are disabled. `all`: "
        "on every line, which then may never drain.",
        BackgroundTriggers.NEWEST,
    )
    max_lines: int = setting(
        integer(0, 10_000),
        "Maximum number of lines that have a function app at once; 0 means no limit.",
        0,
    )
    keep_lines: int = setting(
        integer(0, 10_000),
        "Number of drained lines to keep, the highest ones, while there is capacity.",
        0,
    )
    keep_seconds: float = setting(
        seconds(0, 3650 * _DAY),
        "How long a line is kept after its last work, while there is capacity.",
        0.0,
        unit="s",
    )
    drain_warn_seconds: float = setting(
        seconds(0, 3650 * _DAY),
        "Draining time after which an event names the line's blockers; 0 means never.",
        0.0,
        unit="s",
    )
    drain_terminate_seconds: float = setting(
        seconds(0, 3650 * _DAY),
        "Draining time after which a line takes no new starts and its unfinished orchestrations "
        "are terminated; 0 means never.",
        0.0,
        unit="s",
    )
    retention_seconds: float = setting(
        seconds(0, 3650 * _DAY),
        "How long the instances of a retired line stay available; 0 means forever.",
        30 * _DAY,
        unit="s",
    )
