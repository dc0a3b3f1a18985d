"""One code of a problem: its statuses, its meaning and what to do about it."""

from dataclasses import dataclass

_TEMPORARY = frozenset({429, 502, 503, 504})


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """One value of a problem's `code`, with the HTTP statuses it comes with."""

    code: str
    statuses: tuple[int, ...]
    meaning: str
    advice: str

    @property
    def is_temporary(self) -> bool:
        """Return True if the same request may succeed later."""
        return _TEMPORARY.issuperset(self.statuses)
