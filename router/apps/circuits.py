"""The circuits of the lines' apps, kept in memory: nothing that must be safe depends on them."""

from collections.abc import Awaitable, Callable

from router.apps import circuit_rules
from router.apps.circuit_rules import Circuit
from router.ports import Answer, Monotonic

NO_HOST = frozenset({502, 503, 504})  # answers of Azure's front end instead of a host's
_SITE_STOPPED = 403  # or a key of too low a level: neither takes a start
AWAY = "the line's app does not answer at the moment"


class Circuits:
    """Circuits by function app."""

    def __init__(self, monotonic: Monotonic) -> None:
        self._monotonic = monotonic
        self._circuits: dict[str, Circuit] = {}

    def is_away(self, app: str) -> bool:
        """Return True if a call would not be sent now."""
        return not circuit_rules.admits(self._of(app), self._monotonic())

    def admit(self, app: str) -> bool:
        """Return True if the caller may send a call, which may be the probe."""
        now, circuit = self._monotonic(), self._of(app)
        if not circuit_rules.admits(circuit, now):
            return False
        self._circuits[app] = circuit_rules.taken(circuit, now)
        return True

    def is_open(self, app: str) -> bool:
        """Return True while calls to the app are expected to fail."""
        return circuit_rules.is_open(self._of(app), self._monotonic())

    async def observe(self, app: str, call: Awaitable[Answer]) -> Answer:
        """Return the answer to a call, and learn from it."""
        self._change(app, circuit_rules.sent)
        learned = circuit_rules.failed
        try:
            answer = await call
            if answer.status not in NO_HOST | {_SITE_STOPPED}:
                learned = circuit_rules.answered
        finally:  # a call that was cancelled was out of time
            self._change(app, learned)
        return answer

    def fail(self, app: str) -> None:
        """Learn that an app could not be called, because Azure did not list its keys."""
        self._change(app, circuit_rules.sent)
        self._change(app, circuit_rules.failed)

    def close(self, app: str) -> None:
        """Learn that an app answers, so that a line that has just come up takes starts at once."""
        self._change(app, circuit_rules.sent)
        self._change(app, circuit_rules.answered)

    def _of(self, app: str) -> Circuit:
        return self._circuits.get(app) or Circuit()

    def _change(self, app: str, rule: Callable[[Circuit, float], Circuit]) -> None:
        self._circuits[app] = rule(self._of(app), self._monotonic())
