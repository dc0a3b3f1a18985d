"""The router's settings, read once at startup. Each subject has a module of its own.

docs/settings.md is generated from these modules by `python -m router.settings.page`.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from datetime import timedelta
from typing import Any

from router.domain import resource_names
from router.settings.apps import LineAppSettings
from router.settings.lifetime import LifetimeSettings
from router.settings.links import LinkSettings
from router.settings.requests import RequestSettings
from router.settings.setting import PREFIX, name_of, value_of
from router.settings.storage import StorageSettings
from router.settings.team import TeamSettings
from router.settings.timing import TimingSettings


class SettingsInvalid(ValueError):
    """Every problem of the settings, without their values, which may be secret."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("The router's settings are invalid:\n- " + "\n- ".join(problems))
        self.problems = tuple(problems)


# The fields of the last base come first, on the page as well. Slots would forbid several bases.
@dataclass(frozen=True, repr=False, kw_only=True)
class Settings(
    LifetimeSettings,
    TimingSettings,
    RequestSettings,
    LineAppSettings,
    LinkSettings,
    StorageSettings,
    TeamSettings,
):
    """The validated settings, whose repr hides secrets.

    `unknown`: names in the environment that look like settings and are none.
    """

    unknown: tuple[str, ...] = ()

    @classmethod
    def named(cls) -> "tuple[Field[Any], ...]":
        """Return the fields that are settings."""
        return tuple(about for about in fields(cls) if about.metadata)

    @property
    def in_flight(self) -> timedelta:
        """Return how long after it began a request to an app may still arrive."""
        return timedelta(seconds=self.forward_seconds + self.margin_seconds)

    @property
    def shared_prefix(self) -> str:
        """Return the prefix of the tables of the lines that share them."""
        return self.tracking_prefix or resource_names.shared_tables(self.app_name)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> "Settings":
        """Parse all settings, or raise SettingsInvalid with every problem.

        An unknown name alone is none: settings and code cannot change at the same moment in Azure.
        """
        known = {name_of(about): about for about in cls.named()}
        unknown = (name for name in sorted(environ) if name.startswith(PREFIX))
        values: dict[str, Any] = {"unknown": tuple(each for each in unknown if each not in known)}
        problems: list[str] = []
        for name, about in known.items():
            try:
                values[about.name] = value_of(about, environ)
            except ValueError as wrong:
                problems.append(f"{name}: {wrong}")
        if problems:
            raise SettingsInvalid([*map(_no_such, values["unknown"]), *problems])
        return cls(**values)

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return what is wrong with the settings although the router runs."""
        return tuple(map(_no_such, self.unknown))

    def __repr__(self) -> str:
        shown = (
            f"{about.name}={'***' if about.metadata['secret'] else repr(getattr(self, about.name))}"
            for about in self.named()
        )
        return f"Settings({', '.join(shown)})"


def _no_such(name: str) -> str:
    return f"{name}: no such setting"
