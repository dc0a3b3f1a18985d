"""Texts of the catalog that a newer router may have written, and that this one does not know.

They are read and shown as they are. Whatever holds one is not changed.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, Self


class StoredText(StrEnum):
    """Base class of the enumerations in the catalog. A text beside their members is kept."""

    @classmethod
    def _missing_(cls, value: object) -> Self | None:
        if not isinstance(value, str):
            return None
        text = str.__new__(cls, value)
        text._name_, text._value_ = "", value
        return text

    @property
    def is_known(self) -> bool:
        """Return True if this router knows the text."""
        return self.name in type(self).__members__


def unknown_in(value: Any) -> tuple[str, ...]:
    """Return the texts in a value, at any depth, that this router does not know."""
    return tuple(_unknown(value))


def _unknown(value: Any) -> Iterator[str]:
    if isinstance(value, StoredText):
        if not value.is_known:
            yield str(value)
    elif isinstance(value, tuple):
        for each in value:
            yield from _unknown(each)
    elif is_dataclass(value):
        for about in fields(value):
            yield from _unknown(getattr(value, about.name))
