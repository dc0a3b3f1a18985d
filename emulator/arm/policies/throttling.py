"""ARM's token buckets: how many calls of a kind are left. Pure; time is an argument.

Sizes and rates are those published for one principal, subscription and region; actions (POST)
are counted as writes.
"""

from dataclasses import dataclass
from math import ceil

_SIZES = {"reads": (250, 25), "writes": (200, 10), "deletes": (200, 10)}


@dataclass(frozen=True, slots=True)
class Bucket:
    """`tokens` left at `at` (seconds)."""

    tokens: float
    at: float


def kind_of(method: str) -> str:
    """Which bucket a call takes from."""
    return {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(method, "writes")


def take(bucket: Bucket | None, kind: str, now: float) -> tuple[bool, Bucket]:
    """Whether there was a token to take, and the bucket afterwards. None is a full bucket."""
    burst, rate = _SIZES[kind]
    full = burst if bucket is None else min(burst, bucket.tokens + (now - bucket.at) * rate)
    return (True, Bucket(full - 1, now)) if full >= 1 else (False, Bucket(full, now))


def retry_after(bucket: Bucket, kind: str) -> int:
    """Whole seconds until there is a token again."""
    return max(1, ceil((1 - bucket.tokens) / _SIZES[kind][1]))


def burst(kind: str) -> int:
    """How many calls a full bucket holds."""
    return _SIZES[kind][0]
