"""The extension's options in host.json: typed values, and the errors of .NET for wrong types.

Values from app settings are texts, whatever their type in host.json.
"""

import re
from collections.abc import Mapping, Sequence
from typing import Any, Never

from emulator.host.configuration.host_json import section
from emulator.host.errors import InvalidSettingError

EXTENSION = "Microsoft.Azure.WebJobs.Extensions.DurableTask"
_PROVIDER = "storageProvider"
_REFERENCE = re.compile(r"%([^%]+)%")
_SPAN = re.compile(r"(?:(\d+)\.)?(\d{1,2}):([0-5]?\d)(?::([0-5]?\d)(?:\.\d{1,7})?)?")
_NUMBER = re.compile(r"\s*[+-]?\d+\s*")
_DAY, _HOUR, _MINUTE = 86400, 3600, 60
_LAST_HOUR = 23


class Options:
    """The options of one app, with `%NAME%` replaced by the app setting NAME if there is one."""

    def __init__(self, settings: Mapping[str, str], host_json: Mapping[str, Any]) -> None:
        self._settings = {name.lower(): value for name, value in settings.items()}
        self._document = section(host_json, "extensions", "durableTask") or {}

    def given(self, *path: str) -> str | None:
        """Return the text of an option, which may be empty, or None if it is not set."""
        value = section(self._document, *path)
        if value is None or isinstance(value, Mapping | list):
            return None
        return _REFERENCE.sub(
            lambda reference: self._settings.get(reference[1].lower(), reference[0]), str(value)
        )

    def text(self, *path: str) -> str | None:
        """Return the text of an option, or None if it is not set or empty."""
        return self.given(*path) or None

    def flag(self, *path: str) -> bool:
        """Return the value of a switch, which is off by default."""
        return (self.text(*path) or "").lower() == "true"

    def number(self, default: int, *path: str) -> int:
        """Return a whole number. Raises InvalidSettingError."""
        text = self.text(*path)
        if text is None:
            return default
        if not _NUMBER.fullmatch(text):
            problem = f"Could not convert string to integer: {text}."
            raise self._mismatch("System.Int32", path, problem)
        return int(text)

    def seconds(self, default: float, *path: str) -> float:
        """Return a time span: a number of days, or `d.hh:mm:ss`. Raises InvalidSettingError."""
        text = self.text(*path)
        if text is None:
            return default
        if text.isdigit():
            return int(text) * _DAY
        span = _SPAN.fullmatch(text)
        if span is None or int(span[2]) > _LAST_HOUR:
            kind = "System.TimeSpan"
            cause = f"Could not cast or convert from System.String to {kind}."
            raise self._unconvertible(text, kind, path, cause)
        days, hours, minutes, seconds = (int(part or 0) for part in span.groups())
        return days * _DAY + hours * _HOUR + minutes * _MINUTE + seconds

    def choice(self, default: str, choices: Sequence[str], kind: str, *path: str) -> str:
        """Return one of the choices, regardless of case. Raises InvalidSettingError."""
        text = self.text(*path)
        if text is None:
            return default
        for choice in choices:
            if choice.lower() == text.lower():
                return choice
        raise self._unconvertible(text, kind, path, f"Requested value '{text}' was not found.")

    def _unconvertible(
        self, text: str, kind: str, path: Sequence[str], cause: str
    ) -> InvalidSettingError:
        problem = f"Error converting value \"{text}\" to type '{kind}'."
        return self._mismatch(kind, path, problem, f" Newtonsoft.Json: {cause}")

    def _mismatch(
        self, kind: str, path: Sequence[str], problem: str, cause: str = ""
    ) -> InvalidSettingError:
        if path[0] != _PROVIDER:
            place = ":".join(("AzureFunctionsJobHost", "extensions", "durableTask", *path))
            return InvalidSettingError(
                "Microsoft.Extensions.Configuration.Binder: Failed to convert configuration value "
                f"at '{place}' to type '{kind}'."
            )
        where = f"Path '{path[-1]}', line 1, position {self._position(path[-1])}."
        return InvalidSettingError(f"Newtonsoft.Json: {problem} {where}{cause}")

    def _position(self, name: str) -> int:
        """Return where the value of a provider's option ends in the JSON text that .NET makes."""
        provider = section(self._document, _PROVIDER)
        until = sorted((key for key in provider), key=str.lower)
        until = until[: [key.lower() for key in until].index(name.lower()) + 1]
        return len(",".join(f'"{key}":"{self.given(_PROVIDER, key)}"' for key in until)) + 1


def refuse(reason: str, source: str = EXTENSION) -> Never:
    """Raise the error of an option whose value is not allowed."""
    raise InvalidSettingError(f"{source}: {reason}")
