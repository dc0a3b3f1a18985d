"""Where the router is killed: at the start and at the end of every activity, phase by phase.

The phases are those of a line's life. Their activities come from the router's own table of steps,
so a new step is killed as well. An activity that several kinds of operation share is killed in one
of them, since its code is the same in all.
"""

from dataclasses import dataclass
from typing import Final

from router.domain.model import OperationKind
from router.domain.version import LineId
from router.operations import rules

_MOMENTS = ("start", "end")


@dataclass(frozen=True, slots=True)
class Act:
    """An activity, and the kind of operation that it is done for, if any."""

    activity: str
    kind: OperationKind | None = None


def _new(kind: OperationKind, earlier: set[str]) -> tuple[Act, ...]:
    """Return the activities of an operation that no earlier kind has, which are added to those."""
    steps = ("plan_operation", *rules.steps(kind), "end_operation")
    acts = tuple(Act(step, kind) for step in steps if step not in earlier)
    earlier.update(steps)
    return acts


def _phases() -> dict[str, tuple[Act, ...]]:
    seen: set[str] = set()
    operations = {str(kind): _new(kind, seen) for kind in OperationKind}
    rollbacks = {
        f"failed {kind}": tuple(Act(step, kind) for step in ("fail_step", *rules.undo_steps(kind)))
        for kind in OperationKind
        if rules.undo_steps(kind)
    }
    return operations | rollbacks | {"retention": (Act("check_retention"),)}


# Where the same activity meets something else: a line that is just coming up, an app that runs, one
# that was deleted by hand, and what a retired line left.
_MORE = {
    "provision": (Act("forward_parked_start"), Act("check_line")),
    "patch": (Act("deploy_package", OperationKind.PATCH),),
    "repair": (Act("create_function_app", OperationKind.REPAIR),),
    "revive": (Act("open_line", OperationKind.PROVISION),),
}
PHASES: Final = {
    phase: (*acts, *_MORE.get(phase, ())) for phase, acts in ({"revive": ()} | _phases()).items()
}


def dealt(phase: str, line: LineId, share: int, shares: int) -> list[str]:
    """Return one share of a phase's kill points on a line. All shares together are all points.

    Such as patch-1-0.await_health.end, or 1.0.check_line.start.
    """
    points = [(act, moment) for act in PHASES[phase] for moment in _MOMENTS]
    return [
        f"{f'{act.kind}-{line.dashed}' if act.kind else line}.{act.activity}.{moment}"
        for act, moment in points[share::shares]
    ]
