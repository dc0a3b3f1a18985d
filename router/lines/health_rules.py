"""Judge from the reports of an app's host whether a deployment works, has failed, or needs time.

A host says that it runs although its package could not be indexed, and ends some time later. So
it has to have functions. Just after a deployment the previous host may still answer: one that runs
names its package, and of one that does not a problem counts once it has lasted, or once hosts that
had one have ended again and again. State Error is final once a host's start has shown it twice.
"""

import re
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from router.domain.app_health import AppFunction, HealthWatch, HostReport, durable_names

_LASTING = timedelta(seconds=8)
_CLOCK_SKEW = timedelta(seconds=2)
_ENDS = 2  # of hosts of which one may have been the previous package's
_SHOWN = 10
_SILENT = (
    "the app's host does not answer: it is starting, or it ends because it cannot load the "
    "package, and the app's log has the reason"
)
_FAILING, _RUNNING = "error", "Running"
_TEMPORARY = re.compile(  # rights and names that take minutes to arrive, and storage that is away
    r"Authorization(PermissionMismatch|Failure)|not authorized to perform|Name or service not known"
    r"|Connection refused|Cannot connect|Service(Request|Response)\w*Error|timed out|ServerBusy"
    r"|being ?deleted",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Healthy:
    """The app runs its functions. `names` are its orchestrators, activities and entities."""

    names: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Waiting:
    """Not healthy yet, for a reason that may pass."""

    reason: str
    watch: HealthWatch


@dataclass(frozen=True, slots=True)
class Broken:
    """The package does not work, and waiting does not change that."""

    reason: str


Judgement = Healthy | Waiting | Broken


def judge(
    report: HostReport,
    watch: HealthWatch,
    now: datetime,
    *,
    package: str,
    wanted: tuple[str, ...] = (),
) -> Judgement:
    """Return the judgement of a report, given what is remembered of earlier ones.

    `package`: the one that was deployed, as hosts name it. `wanted`: the names of the release that
    it replaces.
    """
    if report.unready is not None:
        return _unready(report, watch)
    proven = report.package == package
    if report.state == _RUNNING and not proven:
        return Waiting("the app still runs another package", HealthWatch(ends=watch.ends))
    problem = _problem(report, wanted)
    if problem is not None:
        known = replace(_followed(report, watch, now), proven=proven)
        return _troubled(known, problem, now)
    if waits := _waits_for(report):
        # A host in state Error tries again in one process, and is something else in between.
        is_starting = report.state != _RUNNING
        known = _followed(report, watch, now) if is_starting else HealthWatch(ends=watch.ends)
        return Waiting(waits, known)
    return Healthy(durable_names(report.functions or ()))


def _unready(report: HostReport, watch: HealthWatch) -> Judgement:
    reason = _SILENT if report.gone else report.unready or ""
    if not (report.gone and watch.seen):
        return Waiting(reason, watch)
    ends = watch.ends + 1
    if watch.proven or ends >= _ENDS:
        return Broken(_ended(watch.problem))
    return Waiting(reason, HealthWatch(problem=watch.problem, ends=ends))


def _followed(report: HostReport, watch: HealthWatch, now: datetime) -> HealthWatch:
    """Return the watch with the process that a report comes from."""
    if report.uptime is None:
        return watch
    began = now - timedelta(seconds=report.uptime)
    known = watch.started_at if report.instance == watch.instance else None
    if known is None:
        return replace(watch, instance=report.instance, started_at=began)
    if began - known <= _CLOCK_SKEW:
        return watch
    ends = watch.ends + 1 if watch.seen else watch.ends
    return HealthWatch(problem=watch.problem, ends=ends, instance=report.instance, started_at=began)


def _troubled(watch: HealthWatch, problem: str, now: datetime) -> Judgement:
    if watch.ends >= _ENDS:
        return Broken(_ended(problem))
    since = watch.since if watch.seen and watch.since is not None else now
    if now - since >= _LASTING:
        return Broken(problem)
    return Waiting(problem, replace(watch, problem=problem, since=since, seen=True))


def _ended(problem: str | None) -> str:
    return f"the app's host ends again and again; before that, {problem}"


def _problem(report: HostReport, wanted: tuple[str, ...]) -> str | None:
    """Return what is wrong with the package, if the report shows it."""
    errors = "; ".join(report.errors)
    if report.state.lower() == _FAILING or (errors and report.state == _RUNNING):
        if _TEMPORARY.search(errors):
            return None
        return _state(report)
    if report.state != _RUNNING or report.functions is None:
        return None
    if not report.functions:
        return (
            "the app's host runs but has no functions: the package could not be loaded or defines "
            "none. The app's log has the reason, such as a missing module or two function apps"
        )
    return _in_error(report.functions) or _removed(report.functions, wanted)


def _in_error(functions: tuple[AppFunction, ...]) -> str | None:
    failing = [f"{each.name!r} is in error: {each.error}" for each in functions if each.error]
    return f"function {'; '.join(failing[:_SHOWN])}" if failing else None


def _removed(functions: tuple[AppFunction, ...], wanted: tuple[str, ...]) -> str | None:
    present = {name.casefold() for name in durable_names(functions)}
    removed = [name for name in wanted if name.casefold() not in present]
    if not removed:
        return None
    more = f" and {len(removed) - _SHOWN} more" if len(removed) > _SHOWN else ""
    return (
        f"the release lacks {', '.join(removed[:_SHOWN])}{more} of the release that it replaces, "
        "and instances that need them would fail or hang. Keep them, or register the release with "
        "?removes=allow"
    )


def _waits_for(report: HostReport) -> str | None:
    """Return what the app still lacks, or None if it is healthy."""
    if report.state != _RUNNING or report.errors:
        return _state(report)
    if report.functions is None:
        return "the app's host does not list its functions yet"
    return report.durable


def _state(report: HostReport) -> str:
    errors = "; ".join(report.errors)
    described = f"the app's host is in state {report.state or 'unknown'}"
    return f"{described}: {errors}" if errors else described
