"""The router's settings: the name, default, unit and meaning of each, read once at startup.

docs/settings.md is generated from this module by `python -m router.settings.page`.
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import timedelta
from typing import Any

from router.settings.parsers import (
    Parse,
    boolean,
    integer,
    one_of,
    optional_url,
    seconds,
    secrets,
    settings_object,
    text,
    url,
)

_PREFIX = "ROUTER_"


class SettingsInvalid(ValueError):
    """Every problem of the settings, without their values, which may be secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The router's settings are invalid:\n- " + "\n- ".join(problems))
        self.problems = tuple(problems)


def _setting(
    parse: Parse,
    doc: str,
    default: Any = MISSING,
    *,
    same_as: str | None = None,
    unit: str = "",
    secret: bool = False,
) -> Any:
    """Return a field of Settings.

    `default` has the parsed type. `same_as` names the setting whose value is the default.
    """
    about = {"parse": parse, "doc": doc, "unit": unit, "secret": secret, "same_as": same_as}
    if same_as is not None:
        default = ""
    if isinstance(default, dict):
        return field(default_factory=default.copy, metadata=about)
    return field(default=default, metadata=about)


_STORAGE = text(r"[a-z0-9]{3,24}|.*=.*", "a connection string or the name of a storage account")
_HOUR, _DAY = 3600.0, 86400.0


@dataclass(frozen=True, slots=True, repr=False, kw_only=True)
class Settings:
    """The validated settings, whose repr hides secrets."""

    app_name: str = _setting(
        text(r"(?=.{3,24}$)[a-z][a-z0-9]*(-[a-z0-9]+)*", "3 to 24 characters of a-z, 0-9, dashes"),
        "Name of the team's application; prefix of the names of all resources that the router "
        "creates.",
    )
    storage: str = _setting(
        _STORAGE,
        "Storage account of the catalog and the packages: a connection string, or the name of an "
        "account that the router's identity can access.",
        secret=True,
    )
    tracking_storage: str = _setting(
        _STORAGE,
        "Storage account of the Instances and History tables that all lines share. Do not change "
        "it once a line has been up: earlier instances would no longer be found.",
        same_as="ROUTER_STORAGE",
        secret=True,
    )
    tracking_prefix: str = _setting(
        text(r"[A-Za-z][A-Za-z0-9]{0,44}", "letters and digits, a letter first, at most 45"),
        "Prefix of the names of those two tables. Do not change it either.",
        "Lines",
    )
    line_storage: str = _setting(
        _STORAGE,
        "Storage account of the lines' function apps and their queues.",
        same_as="ROUTER_STORAGE",
        secret=True,
    )
    subscription_id: str = _setting(
        text(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "a subscription id"),
        "Azure subscription of the lines' function apps.",
    )
    resource_group: str = _setting(
        text(r"[-\w._()]{1,90}", "the name of a resource group"),
        "Resource group of the lines' function apps.",
    )
    location: str = _setting(
        text(r"[A-Za-z0-9 ]{2,40}", "a region such as westeurope"),
        "Region of the lines' function apps.",
    )
    arm_url: str = _setting(url, "URL of Azure Resource Manager.", "https://management.azure.com")
    upstream_scheme: str = _setting(
        text(r"https?", "http or https"), "URL scheme of the lines' function apps.", "https"
    )
    link_secrets: tuple[str, ...] = _setting(
        secrets,
        "Secrets for signing management URLs, separated by commas. The first one signs; all of "
        "them are accepted.",
        secret=True,
    )
    link_valid_seconds: float = _setting(
        seconds(1, 3650 * _DAY), "Validity of a management URL.", 30 * _DAY, unit="s"
    )
    public_url: str = _setting(
        optional_url,
        "Address at which callers reach the router through a gateway, without `/api`. All URLs "
        "that the router returns begin with it.",
        "",
    )
    trust_forwarded: bool = _setting(
        boolean,
        "Whether the router takes that address from `X-Forwarded-Host` and `X-Forwarded-Proto`. "
        "Set it only where a gateway sets or removes these headers.",
        default=False,
    )
    python_version: str = _setting(
        text(r"3\.\d{1,2}", "a Python version such as 3.13"),
        "Python version of the lines' function apps.",
        "3.13",
    )
    memory_mb: int = _setting(
        one_of(512, 2048, 4096),
        "Memory of each instance of a line's function app: 512, 2048 or 4096, as Flex offers.",
        2048,
        unit="MB",
    )
    max_instances: int = _setting(
        integer(1, 1000),
        "Maximum number of instances that a line's function app scales out to.",
        40,
        unit="instances",
    )
    partition_count: int = _setting(
        integer(1, 16),
        "Number of control queues of a line's task hub. A hub keeps the number that it was created "
        "with.",
        4,
        unit="queues",
    )
    max_body_bytes: int = _setting(
        integer(1, 100 << 20), "Maximum size of a request body.", 1 << 20, unit="bytes"
    )
    max_package_bytes: int = _setting(
        integer(1, 1 << 30), "Maximum size of a package.", 100 << 20, unit="bytes"
    )
    snapshot_seconds: float = _setting(
        seconds(0, _HOUR),
        "Maximum age of the snapshot of the catalog that starts are routed by.",
        10.0,
        unit="s",
    )
    forward_seconds: float = _setting(
        seconds(0.1, 230),
        "Time limit of forwarding a start, including retries, and of a request for an instance. An "
        "id that belonged to another line stays unused for this time plus the margin.",
        20.0,
        unit="s",
    )
    poll_seconds: float = _setting(
        seconds(0.05, _HOUR), "Interval at which a waiting step is polled.", 2.0, unit="s"
    )
    step_seconds: float = _setting(
        seconds(1, _DAY), "Time limit of a step of an operation.", 900.0, unit="s"
    )
    monitor_seconds: float = _setting(
        seconds(0.05, _DAY), "Interval at which a line is checked by its monitor.", 60.0, unit="s"
    )
    drain_apart_seconds: float = _setting(
        seconds(0, _DAY),
        "Minimum time between the two readings that find a hub empty.",
        60.0,
        unit="s",
    )
    visibility_seconds: float = _setting(
        seconds(60, 3600),
        "Visibility timeout of the lines' queues: how long a message that is being processed stays "
        "invisible. A hub keeps the one that it was created with. Durable Functions refuses less "
        "than a minute and more than an hour.",
        300.0,
        unit="s",
    )
    margin_seconds: float = _setting(
        seconds(0, _DAY),
        "Safety margin added to every wait that must be long enough.",
        30.0,
        unit="s",
    )
    auto_drain: bool = _setting(
        boolean, "Whether lower lines are drained when a higher one becomes active.", default=True
    )
    max_lines: int = _setting(
        integer(0, 10_000),
        "Maximum number of lines that have a function app at once; 0 means no limit.",
        0,
    )
    keep_lines: int = _setting(
        integer(0, 10_000),
        "Number of drained lines to keep, the highest ones, while there is capacity.",
        0,
    )
    keep_seconds: float = _setting(
        seconds(0, 3650 * _DAY),
        "How long a line is kept after its last work, while there is capacity.",
        0.0,
        unit="s",
    )
    drain_warn_seconds: float = _setting(
        seconds(0, 3650 * _DAY),
        "Draining time after which an event names the line's blockers; 0 means never.",
        0.0,
        unit="s",
    )
    drain_terminate_seconds: float = _setting(
        seconds(0, 3650 * _DAY),
        "Draining time after which a line takes no new starts and its unfinished orchestrations "
        "are terminated; 0 means never.",
        0.0,
        unit="s",
    )
    retention_seconds: float = _setting(
        seconds(0, 3650 * _DAY),
        "How long the instances of a retired line stay available; 0 means forever.",
        30 * _DAY,
        unit="s",
    )
    line_settings: Mapping[str, str] = _setting(
        settings_object,
        "Additional app settings of the lines' function apps, as a JSON object of strings.",
        {},
        secret=True,
    )

    @property
    def in_flight(self) -> timedelta:
        """Return how long after it began a request to an app may still arrive."""
        return timedelta(seconds=self.forward_seconds + self.margin_seconds)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Parse all settings, or raise SettingsInvalid with every problem."""
        known = {name_of(about): about for about in fields(cls)}
        problems = [
            f"{name}: no such setting"
            for name in sorted(environ)
            if name.startswith(_PREFIX) and name not in known
        ]
        values: dict[str, Any] = {}
        for name, about in known.items():
            try:
                values[about.name] = _value(name, about, environ)
            except ValueError as wrong:
                problems.append(f"{name}: {wrong}")
        if problems:
            raise SettingsInvalid(problems)
        return cls(**values)

    def __repr__(self) -> str:
        shown = (
            f"{about.name}={'***' if about.metadata['secret'] else repr(getattr(self, about.name))}"
            for about in fields(self)
        )
        return f"Settings({', '.join(shown)})"


def name_of(about: "Field[Any]") -> str:
    """Return the environment variable of a field of Settings."""
    return _PREFIX + about.name.upper()


def _value(name: str, about: "Field[Any]", environ: Mapping[str, str]) -> Any:
    given = (
        environ.get(name, "").strip() or environ.get(about.metadata["same_as"] or "", "").strip()
    )
    if given:
        return about.metadata["parse"](given)
    if about.default_factory is not MISSING:
        return about.default_factory()
    if about.default is MISSING or about.metadata["same_as"]:
        raise ValueError("must be set")
    return about.default
