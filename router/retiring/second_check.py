"""The steps between the fence and the deletion: stop the app, read its hub again, and undo both.

Work also enters a line beside the router, by its app's own HTTP functions and triggers. What came
in since the judgement cannot be seen before the app has stopped, so its hub is read once more,
with the waits that every judgement has. If there is work, the app is started and the line drains.
"""

from router.context import Context
from router.domain import line_transitions
from router.domain.errors import PlatformFailed
from router.domain.model import Line, LineEvent
from router.domain.resource_names import is_own
from router.draining import drain_rules, hub_check, judgement
from router.operations import progress_rules
from router.operations.step import Pending, Result, Work
from router.retiring import second_check_rules
from router.retiring.second_check_rules import Seen


async def stop_function_app(work: Work) -> Result:
    """Stop the line's app, so that no work enters the line beside the router."""
    name = work.line.function_app
    if await work.context.platform.stop_app(name, work.line.id):
        return f"function app {name} is stopped"
    return Pending(f"Azure is stopping function app {name}")


async def check_again(work: Work) -> Result:
    """Find the hub without work after the app was stopped, or fail."""
    context, line = work.context, work.line
    if line.found_empty_at is not None and not await _has_app(context, line):
        return "its deletion had begun"
    stopped_at = work.step(stop_function_app.__name__).ended_at or context.now()
    drain = await judgement.check(context, line, stopped_at + context.settings.in_flight)
    why = drain_rules.describe(drain)
    match second_check_rules.seen(drain):
        case Seen.WORK:
            raise PlatformFailed(f"Work has come in beside the router. The line is {why}")
        case Seen.UNREADABLE:
            return Pending(why)
        case Seen.NOTHING_YET:
            await context.catalog.replace_line(line_transitions.judged(line, drain))
            return Pending(why, advanced=True)
    await _require_unchanged(context, line)
    await context.catalog.replace_line(line_transitions.found_empty(line, drain))
    return "no work is left after the app has stopped"


async def _has_app(context: Context, line: Line) -> bool:
    return await context.platform.app(line.function_app) is not None


async def _require_unchanged(context: Context, line: Line) -> None:
    """Raise PlatformFailed if the app may have taken work since the fence that was not looked for.

    It does if it runs, or if it worked on another hub before it was stopped.
    """
    if (changed := await hub_check.put_back(context, line)) is not None:
        raise PlatformFailed(f"It is not known to be without work: {changed}")
    app = await context.platform.app(line.function_app)
    if app is None or app.is_stopped or not is_own(app.tags, context.settings.app_name, line.id):
        return
    raise PlatformFailed(f"Function app {app.name} was started in Azure before it was deleted")


async def start_function_app(work: Work) -> Result:
    """Start the line's app again, if a release has ever run in it."""
    line = work.line
    if line.release is None:
        return f"function app {line.function_app} has never run a release, and stays stopped"
    if await work.context.platform.start_app(line.function_app, line.id):
        return f"function app {line.function_app} is started"
    return Pending(f"Azure is starting function app {line.function_app}")


async def drain_again(work: Work) -> Result:
    """Let the line drain as it did before its retirement began."""
    context, line, operation = work.context, work.line, work.operation
    if work.is_in_charge:
        # The time does not depend on this call, so a repeated call records the same event once.
        what = f"it is not retired: {operation.error}"
        event = LineEvent(progress_rules.ended_at(operation), what)
        await context.catalog.add_event(line.id, event)
        line = line_transitions.reopened(line, operation.error or "", context.now())
        line = await context.catalog.replace_line(line)
    return f"line {line.id} is {line.state}"
