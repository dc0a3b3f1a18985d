"""Where the router is killed: at the start and at the end of every activity, phase by phase.

The phases are those of a line's life. Their activities are the router's own table of steps, so
that a step that is new is killed as well. Knows nothing of how a process dies.
"""

from dataclasses import dataclass
from typing import Final

from router.domain.model import OperationKind
from router.domain.version import LineId
from router.operations import rules

_MOMENTS = ("start", "end")


@dataclass(frozen=True, slots=True)
class Act:
    """An activity, and the kind of operation that it is done for, where it is for one."""

    activity: str
    kind: OperationKind | None = None


def _acts(kind: OperationKind, *steps: str) -> tuple[Act, ...]:
    return tuple(Act(step, kind) for step in ("plan_operation", *steps, "end_operation"))


def _undone(kind: OperationKind) -> tuple[Act, ...]:
    """The last step before the one that records it fails, so that all is put back."""
    *done, _ = rules.steps(kind)
    return _acts(kind, *done, "fail_step", *rules.undo_steps(kind))


_UP = (
    *_acts(OperationKind.PROVISION, *rules.steps(OperationKind.PROVISION)),
    Act("forward_parked_start"),
    Act("check_line"),
)
PHASES: Final = {
    **{str(kind): _acts(kind, *rules.steps(kind)) for kind in OperationKind},
    **{f"undone {kind}": _undone(kind) for kind in OperationKind if rules.undo_steps(kind)},
    "provision": _UP,
    "revive": _UP,
    "retention": (Act("check_retention"),),
}


def dealt(phase: str, line: LineId, share: int, shares: int) -> list[str]:
    """One share of a phase's kill points, on a line; all the shares are all of them.

    Such as patch-1-0.await_health.end, or 1.0.check_line.start.
    """
    points = [(act, moment) for act in PHASES[phase] for moment in _MOMENTS]
    return [
        f"{f'{act.kind}-{line.dashed}' if act.kind else line}.{act.activity}.{moment}"
        for act, moment in points[share::shares]
    ]
