"""Texts of the catalog that a newer router may have written, and that this one does not know.

They are read and shown as they are. Whatever holds one is not changed.
"""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from enum import StrEnum
from typing import Any, Self

from router.domain.errors import Unavailable


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


def require_known(name: str, value: Any, *more: str) -> None:
    """Raise Unavailable 503 newer-router if a value has texts that this router does not know.

    `more`: other such texts.
    """
    if found := (*unknown_in(value), *more):
        listed = ", ".join(map(repr, found))
        raise Unavailable(
            "newer-router",
            f"{name} was changed by a newer router, and has what this one does not know: {listed}. "
            "This router leaves it as it is. Deploy the newer one again.",
        )


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
