"""The router's settings: every one with its name, default, unit and meaning, read once at start.

Owns how a setting is written and what values are refused, all problems at once. Knows neither
where the environment comes from nor what is done with a value. docs/settings.md is made from
this file (router/settings_page.py).
"""

from collections.abc import Mapping
from dataclasses import MISSING, Field, dataclass, field, fields
from datetime import timedelta
from typing import Any

from router.settings.parsers import (
    Parse,
    address,
    seconds,
    secrets,
    settings_object,
    switch,
    text,
    whole,
)

_PREFIX = "ROUTER_"


class SettingsInvalid(ValueError):
    """What is wrong with the settings, every problem of them; shows no secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The router's settings are not usable:\n- " + "\n- ".join(problems))
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
    """A field of Settings. `default` is of the parsed type; `same_as` names another setting."""
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
    """What the router was told. Secrets do not show in its repr."""

    app_name: str = _setting(
        text(r"(?=.{3,24}$)[a-z][a-z0-9]*(-[a-z0-9]+)*", "3 to 24 characters of a-z, 0-9, dashes"),
        "The team's application. Begins the names of everything that the router makes.",
    )
    storage: str = _setting(
        _STORAGE,
        "Storage account of the catalog and the packages: a connection string, or an account's "
        "name that is opened with the router's identity.",
        secret=True,
    )
    tracking_storage: str = _setting(
        _STORAGE,
        "Storage account that all lines share for their Instances and History tables. Not to be "
        "changed once a line has been up: its instances are not looked for elsewhere.",
        same_as="ROUTER_STORAGE",
        secret=True,
    )
    tracking_prefix: str = _setting(
        text(r"[A-Za-z][A-Za-z0-9]{0,44}", "letters and digits, a letter first, at most 45"),
        "Prefix of those two tables. Not to be changed either.",
        "Lines",
    )
    line_storage: str = _setting(
        _STORAGE,
        "Storage account of the lines' apps and of their queues.",
        same_as="ROUTER_STORAGE",
        secret=True,
    )
    subscription_id: str = _setting(
        text(r"[0-9A-Fa-f]{8}(-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}", "a subscription's id"),
        "Azure subscription in which the lines' function apps are made.",
    )
    resource_group: str = _setting(
        text(r"[-\w._()]{1,90}", "a resource group's name"),
        "Resource group in which they are made.",
    )
    location: str = _setting(
        text(r"[A-Za-z0-9 ]{2,40}", "a region such as westeurope"),
        "Region in which they are made.",
    )
    arm_url: str = _setting(
        address, "Azure Resource Manager's address.", "https://management.azure.com"
    )
    upstream_scheme: str = _setting(
        text(r"https?", "http or https"), "How the lines' apps are spoken to.", "https"
    )
    link_secrets: tuple[str, ...] = _setting(
        secrets,
        "Secrets that sign the management URLs, separated by commas. The first one signs, all of "
        "them are accepted.",
        secret=True,
    )
    link_valid_seconds: float = _setting(
        seconds(1, 3650 * _DAY), "How long a signed URL is good.", 30 * _DAY, unit="s"
    )
    python_version: str = _setting(
        text(r"3\.\d{1,2}", "a Python version such as 3.11"),
        "Python of the lines' apps.",
        "3.11",
    )
    memory_mb: int = _setting(
        whole(512, 4096), "Memory of each instance of a line's app.", 2048, unit="MB"
    )
    max_instances: int = _setting(
        whole(1, 1000), "How far a line's app may scale out.", 40, unit="instances"
    )
    partition_count: int = _setting(
        whole(1, 16),
        "Control queues of each line's task hub. A hub keeps those that it was made with.",
        4,
        unit="queues",
    )
    max_body_bytes: int = _setting(
        whole(1, 100 << 20), "Longest body of a start that is taken.", 1 << 20, unit="bytes"
    )
    max_package_bytes: int = _setting(
        whole(1, 1 << 30), "Largest package that is taken.", 100 << 20, unit="bytes"
    )
    snapshot_seconds: float = _setting(
        seconds(0, _HOUR), "How old the router's picture of the lines may get.", 10.0, unit="s"
    )
    forward_seconds: float = _setting(
        seconds(0.1, 230),
        "How long forwarding a start may take, retries included, and so may whatever is asked of "
        "an instance. With the margin, an id that was another line's is kept free for so long.",
        20.0,
        unit="s",
    )
    poll_seconds: float = _setting(
        seconds(0.05, _HOUR), "How often a step that waits is asked again.", 2.0, unit="s"
    )
    step_seconds: float = _setting(
        seconds(1, _DAY), "How long a step of an operation may take.", 900.0, unit="s"
    )
    monitor_seconds: float = _setting(
        seconds(0.05, _DAY), "How often a line is looked at.", 60.0, unit="s"
    )
    drain_apart_seconds: float = _setting(
        seconds(0, _DAY), "How far apart the two readings of an empty hub are.", 60.0, unit="s"
    )
    visibility_seconds: float = _setting(
        seconds(0, 7 * _DAY),
        "Visibility time-out of the lines' queues: how long a message in work stays invisible. A "
        "hub keeps the one that it was made with.",
        300.0,
        unit="s",
    )
    margin_seconds: float = _setting(
        seconds(0, _DAY), "What is added to a wait that must be long enough.", 30.0, unit="s"
    )
    auto_drain: bool = _setting(
        switch, "Whether lower lines drain when a higher one opens.", default=True
    )
    max_lines: int = _setting(
        whole(0, 10_000), "How many lines may have a function app at once; 0: any number.", 0
    )
    keep_lines: int = _setting(
        whole(0, 10_000),
        "How many draining lines are kept, the highest first, as long as there is room.",
        0,
    )
    keep_seconds: float = _setting(
        seconds(0, 3650 * _DAY),
        "How long a line is kept after its last work, as long as there is room.",
        0.0,
        unit="s",
    )
    drain_warn_seconds: float = _setting(
        seconds(0, 3650 * _DAY),
        "After how long a line that still drains is reported as an event; 0: never.",
        0.0,
        unit="s",
    )
    drain_terminate_seconds: float = _setting(
        seconds(0, 3650 * _DAY),
        "After how long a line that still drains takes no new starts and its unfinished "
        "orchestrations are terminated; 0: never.",
        0.0,
        unit="s",
    )
    retention_seconds: float = _setting(
        seconds(0, 3650 * _DAY),
        "How long the instances of a retired line are kept; 0: for ever.",
        30 * _DAY,
        unit="s",
    )
    line_settings: Mapping[str, str] = _setting(
        settings_object,
        "More app settings for the lines' apps: a JSON object of strings.",
        {},
        secret=True,
    )

    @property
    def in_flight(self) -> timedelta:
        """How long after it was begun something may still arrive that is sent to an app."""
        return timedelta(seconds=self.forward_seconds + self.margin_seconds)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Read every ROUTER_ setting; raises SettingsInvalid with all problems."""
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
    """The environment's name of a field of Settings."""
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
