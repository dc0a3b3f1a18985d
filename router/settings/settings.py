"""The router's settings, read once at startup. Each subject has a module of its own.

docs/settings.md is generated from these modules by `python -m router.settings.page`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, fields
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
    """The validated settings, whose repr hides secrets."""

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
        """Parse all settings, or raise SettingsInvalid with every problem."""
        known = {name_of(about): about for about in fields(cls)}
        problems = [
            f"{name}: no such setting"
            for name in sorted(environ)
            if name.startswith(PREFIX) and name not in known
        ]
        values: dict[str, Any] = {}
        for name, about in known.items():
            try:
                values[about.name] = value_of(about, environ)
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
