"""The steps that delete a line's app, plan and hub, and verify that they no longer exist.

The first step is the fence: read the line's row, read the hub, and set the row to retiring under
the etag that was read. A start in between changes the row, so the step fails and the line is
checked again. After the fence, starts are parked. Rows and large messages are kept on purpose.
"""

from datetime import timedelta

from router.apps import spec, stores
from router.domain import line_transitions
from router.domain.errors import PlatformFailed
from router.domain.hub_settings import tables_of
from router.domain.line_states import LineState
from router.domain.model import TeardownReport
from router.domain.resource_names import is_own
from router.domain.timestamps import human_readable
from router.draining import drain_rules, hub_check, judgement
from router.operations.step import Pending, Result, Work
from router.ports import Deletion
from router.retiring import retention


async def fence(work: Work) -> Result:
    """Set the line to retiring if it is still drained and its row has not changed."""
    context, line = work.context, work.line
    if line.state is LineState.RETIRING:
        return "starts are parked"
    drain = await judgement.check(context, line)
    seen = line_transitions.judged(line, drain)
    if drain.cursor is not None:
        await context.catalog.replace_line(seen)
        return Pending("its instances are being read", advanced=True)
    if not judgement.may_retire(context, seen, operation=work.operation.id):
        why = drain_rules.describe(drain)
        raise PlatformFailed(f"Line {line.id} is {line.state} and cannot be retired: {why}")
    if (changed := await hub_check.put_back(context, line)) is not None:
        again = line_transitions.judged(line, hub_check.unproven(drain, changed))
        await context.catalog.replace_line(again)
        raise PlatformFailed(f"Line {line.id} cannot be retired: {changed}")
    await context.catalog.replace_line(line_transitions.fenced(seen, context.now()))
    return "no work is left, and starts are parked from now on"


async def delete_function_app(work: Work) -> Result:
    """Delete the line's function app."""
    name = work.line.function_app
    work.context.keys.invalidate(name)
    deletion = await work.context.platform.delete_app(name, work.line.id)
    return _deleted(work, f"function app {name}", deletion)


async def delete_plan(work: Work) -> Result:
    """Delete the line's plan."""
    deletion = await work.context.platform.delete_plan(work.line.plan, work.line.id)
    return _deleted(work, f"plan {work.line.plan}", deletion)


def _deleted(work: Work, what: str, deletion: Deletion) -> Result:
    """Return the step's result.

    A resource with other tags belongs to someone else if the line never had an app. Otherwise its
    tags were overwritten, and the app may still be running.
    """
    line = work.line
    if deletion is Deletion.BEGUN:
        return Pending(f"Azure is deleting {what}")
    if deletion is Deletion.GONE:
        return f"{what} is deleted"
    if line.hub is None and line.host_name is None:
        return f"{what} does not belong to this router and was left alone"
    wanted = spec.tags(line, work.context.settings)
    listed = ", ".join(f"{name} = {value!r}" for name, value in wanted.items())
    raise PlatformFailed(
        f"The {what} of line {line.id} no longer has the router's tags and was left alone. "
        f"Restore its tags ({listed}) or delete it"
    )


async def delete_task_hub(work: Work) -> Result:
    """Delete the hub's queues, tables, leases and the app's own blobs."""
    stores.require_account(work.line, work.context.settings)
    await work.context.stores.hub(work.line).delete(work.line.task_hub, await _own_app(work))
    return f"task hub {work.line.task_hub} is deleted; its rows and large messages are kept"


async def _own_app(work: Work) -> str | None:
    """Return the app whose secrets, locks and package to delete, or None if it is another's."""
    context, line = work.context, work.line
    app = await context.platform.app(line.function_app)
    belongs_to_other = app is not None and not is_own(app.tags, context.settings.app_name, line.id)
    return None if belongs_to_other else line.function_app


async def verify_teardown(work: Work) -> Result:
    """Verify that nothing is left in Azure and in storage, and record the result."""
    context, line = work.context, work.line
    in_azure = await context.platform.remaining(line.id)
    in_storage = await context.stores.hub(line).listing(line.task_hub, await _own_app(work))
    if left := [*in_azure, *in_storage.remaining]:
        return Pending("still present: " + ", ".join(left))
    resources = (
        f"function app {line.function_app} and plan {line.plan} (everything with their tags)"
    )
    report = _report(work, (resources, *in_storage.expected))
    await context.catalog.replace_line(line_transitions.torn_down(line, report))
    until = f"until {human_readable(report.until)}" if report.until else "forever"
    return (
        f"listed and found absent: {'; '.join(report.absent)}. "
        f"Kept {until}: {'; '.join(report.remains)}"
    )


def _report(work: Work, absent: tuple[str, ...]) -> TeardownReport:
    context, line = work.context, work.line
    now, keep = context.now(), context.settings.retention_seconds
    store = stores.store_of(line, context.settings)
    remains = (
        f"rows of task hub {line.task_hub} in the tables {tables_of(store)}",
        f"container {line.task_hub.lower()}-largemessages",
    )
    until = now + timedelta(seconds=keep) if keep else None
    return TeardownReport(now, absent, remains, until, store=store)


async def finish_retirement(work: Work) -> Result:
    """Record that the line is retired, and begin its retention time."""
    line = work.line
    if work.is_in_charge:
        retired = line_transitions.retired(line, work.context.now())
        line = await work.context.catalog.replace_line(retired)
    await retention.ensure_retained(work.context, line)
    return f"line {line.id} is retired"
