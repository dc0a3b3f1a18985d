"""ARM's token buckets: the number of calls left per kind of call. Time is an argument.

Sizes and rates are those published for one principal, subscription and region. Actions (POST)
count as writes.
"""

from dataclasses import dataclass
from math import ceil

_SIZES = {"reads": (250, 25), "writes": (200, 10), "deletes": (200, 10)}


@dataclass(frozen=True, slots=True)
class Bucket:
    """The `tokens` left at the time `at`, in seconds."""

    tokens: float
    at: float


def kind_of(method: str) -> str:
    """Return the kind of bucket that a call takes from."""
    return {"GET": "reads", "HEAD": "reads", "DELETE": "deletes"}.get(method, "writes")


def take(bucket: Bucket | None, kind: str, now: float) -> tuple[bool, Bucket]:
    """Return whether a token was available, and the bucket afterwards. None is a full bucket."""
    burst, rate = _SIZES[kind]
    full = burst if bucket is None else min(burst, bucket.tokens + (now - bucket.at) * rate)
    return (True, Bucket(full - 1, now)) if full >= 1 else (False, Bucket(full, now))


def retry_after(bucket: Bucket, kind: str) -> int:
    """Return the whole seconds until a token is available again."""
    return max(1, ceil((1 - bucket.tokens) / _SIZES[kind][1]))


def burst(kind: str) -> int:
    """Return the number of calls that a full bucket allows."""
    return _SIZES[kind][0]
