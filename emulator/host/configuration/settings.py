"""The app settings of a function app and the expansion of `%NAME%` references to them."""

import json
import re
from collections.abc import Mapping
from pathlib import Path

from emulator.host.errors import PackageFailed

LOCAL_SETTINGS = "local.settings.json"
SITE_NAME = "WEBSITE_SITE_NAME"  # in the environment of every site
REFERENCE = re.compile(r"%([^%\s]+)%")


def app_settings(package: Path, environment: Mapping[str, str]) -> dict[str, str]:
    """Return the environment and, for an app that runs on its own, `Values` of local.settings.json.

    A site has its app settings alone, as on Azure, whatever its package contains. Raises
    PackageFailed if a local.settings.json that is read is invalid.
    """
    if SITE_NAME in environment:
        return {**environment}
    return {**_local_values(package / LOCAL_SETTINGS), **environment}


def expand(text: str, settings: Mapping[str, str]) -> str:
    """Return a text with every `%NAME%` replaced by that setting, ignoring the case of the name.

    Raises PackageFailed for a missing setting.
    """
    if "%" not in text:
        return text
    by_lower_name = {name.lower(): value for name, value in settings.items()}

    def value_of(reference: re.Match[str]) -> str:
        value = by_lower_name.get(reference[1].lower())
        if value is None:
            raise PackageFailed(f"'{reference[0]}' in '{text}' names a setting that is not set")
        return value

    return REFERENCE.sub(value_of, text)


def _local_values(path: Path) -> dict[str, str]:
    if not path.is_file():
        return {}
    try:
        document = json.loads(path.read_text(encoding="utf-8-sig"))
        values = document.get("Values", {})
        encrypted = document.get("IsEncrypted", False)
        flat = {str(name): str(value) for name, value in values.items()}
    except (ValueError, AttributeError) as error:
        raise PackageFailed(f"{LOCAL_SETTINGS} cannot be read: {error}") from error
    if encrypted and flat:
        raise PackageFailed(f"{LOCAL_SETTINGS} is encrypted; decrypt it with func settings decrypt")
    return flat
