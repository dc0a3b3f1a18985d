"""One setting: a field of Settings with its parser, default, unit and meaning."""

from collections.abc import Mapping
from dataclasses import MISSING, Field, field
from typing import Any

from router.settings.parsers import Parse

PREFIX = "ROUTER_"


def setting(
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


def name_of(about: "Field[Any]") -> str:
    """Return the environment variable of a field of Settings."""
    return PREFIX + about.name.upper()


def value_of(about: "Field[Any]", environ: Mapping[str, str]) -> Any:
    """Return the parsed value of a field of Settings, or raise ValueError that says its problem."""
    same_as = about.metadata["same_as"] or ""
    given = environ.get(name_of(about), "").strip() or environ.get(same_as, "").strip()
    if given:
        return about.metadata["parse"](given)
    if about.default_factory is not MISSING:
        return about.default_factory()
    if about.default is MISSING or same_as:
        raise ValueError("must be set")
    return about.default
