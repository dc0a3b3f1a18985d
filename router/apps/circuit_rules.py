"""Decide from the recent calls to an app whether another one is sent.

The circuit of an app opens when its calls fail in a row, for a while or very often. One call at a
time is then let through, as a probe, and a single answer closes it. An app that does not answer at
all is not sent more calls than some, so that they cannot use up what calls to other apps need.
"""

from dataclasses import dataclass, replace

_FAILURES = 5  # in a row
_LASTING = 2.0  # seconds; a worker that restarts fails a few calls at once, for less than that
_MANY = 100  # failures in a row that need not last
_PROBE_SECONDS = 5.0  # between two probes
_MOST_WAITING = 64


@dataclass(frozen=True, slots=True)
class Circuit:
    """The recent calls to one app. Times are monotonic seconds.

    `waiting`: calls without an answer. `silent_since`: when the app answered last, or was first
    called after that. `failures`: in a row, the first of them at `failing_since`. `probe_at`: when
    a call is let through although the circuit is open.
    """

    waiting: int = 0
    silent_since: float = 0.0
    failures: int = 0
    failing_since: float = 0.0
    probe_at: float = 0.0


def sent(circuit: Circuit, now: float) -> Circuit:
    """Return the circuit after a call was sent."""
    since = circuit.silent_since if circuit.waiting else now
    return replace(circuit, waiting=circuit.waiting + 1, silent_since=since)


def answered(circuit: Circuit, now: float) -> Circuit:
    """Return the circuit after the app's answer to a call."""
    return Circuit(max(circuit.waiting - 1, 0), silent_since=now)


def failed(circuit: Circuit, now: float) -> Circuit:
    """Return the circuit after a call that was not answered, or by Azure instead of the app."""
    return replace(
        circuit,
        waiting=max(circuit.waiting - 1, 0),
        failures=circuit.failures + 1,
        failing_since=circuit.failing_since if circuit.failures else now,
        probe_at=now + _PROBE_SECONDS,
    )


def is_open(circuit: Circuit, now: float) -> bool:
    """Return True while calls to the app are expected to fail."""
    lasts = now - circuit.failing_since >= _LASTING
    return circuit.failures >= (_FAILURES if lasts else _MANY)


def admits(circuit: Circuit, now: float) -> bool:
    """Return True if a call may be sent now."""
    if circuit.waiting >= _MOST_WAITING and now - circuit.silent_since >= _LASTING:
        return False
    return not is_open(circuit, now) or now >= circuit.probe_at


def taken(circuit: Circuit, now: float) -> Circuit:
    """Return the circuit after a call was admitted: the next probe has to wait."""
    return replace(circuit, probe_at=now + _PROBE_SECONDS) if is_open(circuit, now) else circuit
