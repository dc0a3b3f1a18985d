"""The settings of the lines' function apps and their hubs."""

from collections.abc import Mapping
from dataclasses import dataclass

from router.settings.parsers import integer, one_of, seconds, settings_object, text
from router.settings.setting import setting


@dataclass(frozen=True, kw_only=True, repr=False)
class LineAppSettings:
    """The lines' function apps and their hubs."""

    python_version: str = setting(
        text(r"3\.\d{1,2}", "a Python version such as 3.13"),
        "Python version of the lines' function apps.",
        "3.13",
    )
    memory_mb: int = setting(
        one_of(512, 2048, 4096),
        "Memory of each instance of a line's function app: 512, 2048 or 4096, as Flex offers.",
        2048,
        unit="MB",
    )
    max_instances: int = setting(
        integer(1, 1000),
        "Maximum number of instances that a line's function app scales out to.",
        40,
        unit="instances",
    )
    http_concurrency: int = setting(
        integer(1, 1000),
        "Number of HTTP requests per instance of a line's function app. Azure adds an instance for "
        "more. Its own default for an app in Python is 1.",
        16,
        unit="requests",
    )
    line_settings: Mapping[str, str] = setting(
        settings_object,
        "Additional app settings of the lines' function apps, as a JSON object of strings. A "
        "change reaches a line that is up with `refresh`. Those that name its hub, its storage or "
        "its release are refused.",
        {},
        secret=True,
    )
    partition_count: int = setting(
        integer(1, 16),
        "Number of control queues of a line's task hub. A hub keeps the number that it was created "
        "with.",
        4,
        unit="queues",
    )
    visibility_seconds: float = setting(
        seconds(60, 3600),
        "Visibility timeout of the lines' queues: how long a message that is being processed stays "
        "invisible. A hub keeps the one that it was created with. Durable Functions refuses less "
        "than a minute and more than an hour.",
        300.0,
        unit="s",
    )
