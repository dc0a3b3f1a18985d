"""The judgement of a deployment by what its app's host says over time."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from router.domain.app_health import AppFunction, HealthWatch, HostReport
from router.lines.health_rules import Broken, Healthy, Judgement, Waiting, judge
from tests.fakes.router import NOON

ORDER, CHARGE = AppFunction("order", "orchestrator"), AppFunction("charge", "activity")
PACKAGE = "ab12"
RUNNING = HostReport(state="Running", package=PACKAGE)
GOOD = replace(RUNNING, functions=(ORDER, CHARGE, AppFunction("up")))
OLD = replace(GOOD, package="cd34")
EMPTY = replace(RUNNING, functions=())
FAILED = HostReport(state="Error", errors=("PartitionCount must be between 1 and 16.",))
AWAY = HostReport("the app could not be reached", gone=True)
TEMPORARY = (
    HostReport(state="Default"),
    HostReport(state="Initialized"),
    HostReport(state="Offline"),
    HostReport(),
    RUNNING,  # without a list of functions
    OLD,
    replace(EMPTY, package=None),
    HostReport("the app's host status endpoint returned 401", rejected=True),
    HostReport("the app's host status endpoint returned 404"),
    AWAY,
    replace(GOOD, durable="the app's Durable API returned 401"),
    HostReport(state="Error", errors=("AuthorizationPermissionMismatch: not authorized",)),
)


def judgements(
    *reports: HostReport, every: float = 5, wanted: tuple[str, ...] = ()
) -> Iterator[Judgement]:
    """Judge reports that came at an interval in seconds."""
    watch = HealthWatch()
    for number, report in enumerate(reports):
        now = NOON + timedelta(seconds=every * number)
        judged = judge(report, watch, now, package=PACKAGE, wanted=wanted)
        watch = judged.watch if isinstance(judged, Waiting) else watch
        yield judged


def last(*reports: HostReport, every: float = 5, wanted: tuple[str, ...] = ()) -> Judgement:
    return list(judgements(*reports, every=every, wanted=wanted))[-1]


def test_app_with_functions_is_healthy() -> None:
    assert last(GOOD) == Healthy(("activity charge", "orchestrator order"))


@pytest.mark.parametrize("report", TEMPORARY)
def test_what_may_pass_is_waited_for_without_end(report: HostReport) -> None:
    assert all(isinstance(each, Waiting) for each in judgements(*[report] * 100))
    assert last(*[report] * 100, GOOD) == Healthy(("activity charge", "orchestrator order"))


@pytest.mark.parametrize("report", [EMPTY, FAILED])
def test_problem_that_lasts_fails_the_deployment(report: HostReport) -> None:
    first, second, third = judgements(report, report, report)
    assert isinstance(first, Waiting)
    assert isinstance(second, Waiting)
    assert isinstance(third, Broken)


@pytest.mark.parametrize("between", ["Default", "Initialized", "Offline", ""])
def test_error_is_final_although_the_host_tries_again(between: str) -> None:
    """In state Error the real host starts again and again, within one process."""
    trying = replace(FAILED, state=between, errors=())
    looks = [replace(each, instance="h1") for each in (FAILED, trying, FAILED)]
    seen = list(judgements(*(replace(each, uptime=5.0 * n) for n, each in enumerate(looks))))
    assert [type(each) for each in seen] == [Waiting, Waiting, Broken]
    assert last(*looks[:2], GOOD) == Healthy(("activity charge", "orchestrator order"))


def test_error_of_another_process_is_not_of_the_same_start() -> None:
    looks = [replace(FAILED, instance="h1", uptime=uptime) for uptime in (99.0, 1.0)]
    assert isinstance(last(*looks, every=30), Waiting)


def test_hosts_own_words_are_reported() -> None:
    judged = last(FAILED, FAILED, every=10)
    assert judged == Broken(
        "the app's host is in state Error: PartitionCount must be between 1 and 16."
    )


def test_host_without_functions_is_never_healthy() -> None:
    for seconds in (0.1, 1, 5, 30):
        assert not [j for j in judgements(*[EMPTY] * 50, every=seconds) if isinstance(j, Healthy)]


def test_previous_host_may_end_without_failing_the_next() -> None:
    before = replace(EMPTY, package="cd34"), FAILED  # a host in error names no package
    for each in before:
        assert isinstance(last(each, *[AWAY] * 20, GOOD), Healthy)


def test_host_that_ends_twice_fails_the_deployment() -> None:
    judged = last(FAILED, AWAY, AWAY, FAILED, AWAY)
    assert isinstance(judged, Broken)
    assert "ends again and again; before that, the app's host is in state Error" in judged.reason


def test_host_of_the_new_package_fails_it_at_its_first_end() -> None:
    judged = last(OLD, AWAY, EMPTY, AWAY, every=1)
    assert isinstance(judged, Broken)
    assert "before that, the app's host runs but has no functions" in judged.reason


def test_app_that_runs_another_package_is_not_healthy() -> None:
    [judged] = judgements(OLD)
    assert isinstance(judged, Waiting)
    assert judged.reason == "the app still runs another package"


def test_process_that_started_again_has_ended_unseen() -> None:
    young = replace(FAILED, uptime=1.0)
    assert isinstance(last(young, young, young, every=7), Broken)
    other = replace(young, instance="another")  # of an app that has been scaled out
    assert isinstance(last(young, other, every=7), Waiting)


def test_problem_of_an_earlier_process_does_not_count() -> None:
    old, new = replace(FAILED, uptime=500.0), replace(FAILED, uptime=1.0)
    assert isinstance(last(old, new, every=9), Waiting)


def test_function_in_error_fails_the_deployment() -> None:
    onmsg = AppFunction("onmsg", None, "The binding type(s) 'queueTrigger' are not registered.")
    report = replace(GOOD, functions=(ORDER, onmsg))
    judged = last(report, report, every=10)
    assert judged == Broken(
        "function 'onmsg' is in error: The binding type(s) 'queueTrigger' are not registered."
    )


def test_release_keeps_the_functions_of_the_one_it_replaces() -> None:
    wanted = ("activity charge", "activity Ship", "orchestrator order")
    judged = last(GOOD, GOOD, every=10, wanted=wanted)
    assert isinstance(judged, Broken)
    assert "lacks activity Ship of the release" in judged.reason
    assert "?removes=allow" in judged.reason
    ship = AppFunction("ship", "activity")
    more = replace(GOOD, functions=(ORDER, CHARGE, ship, AppFunction("new", "entity")))
    assert isinstance(last(more, wanted=wanted), Healthy)  # names are the same in any case


def test_function_of_another_kind_is_not_the_one_that_was() -> None:
    judged = last(GOOD, GOOD, every=10, wanted=("entity order",))
    assert isinstance(judged, Broken)
