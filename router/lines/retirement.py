"""The steps that take a line away: its app, its plan, its hub; and the proof that they are gone.

The first step is the fence: read the line's row, read the hub, and set the row to retiring under
the etag that was read. A start in between has changed the row, so the step fails and looks again;
from then on starts are parked. What stays (rows, large messages) stays on purpose.
"""

from datetime import timedelta

from router.apps import spec
from router.domain import line_transitions
from router.domain.errors import PlatformFailed
from router.domain.line_states import LineState
from router.domain.model import Proof
from router.domain.resource_tags import is_own
from router.domain.timestamps import for_people
from router.lines import retention
from router.lines.monitor import is_safe, look, told
from router.operations.step import Waiting, Work
from router.ports import Deletion


async def fence(work: Work) -> str | Waiting:
    """Set the line to retiring, if it is drained still and nothing has come in between."""
    services, line = work.services, work.line
    if line.state is LineState.RETIRING:
        return "starts are parked"
    drain = await look(services, line)
    seen = line_transitions.judged(line, drain)
    if not is_safe(services, seen, operation=work.operation.id):
        raise PlatformFailed(f"Line {line.id} is {line.state} and is to stay: {told(drain)}")
    await services.catalog.replace_line(line_transitions.fenced(seen, services.now()))
    return "no work is left, and starts are parked from here on"


async def delete_function_app(work: Work) -> str | Waiting:
    name = work.line.function_app
    work.services.keys.forget(name)
    deletion = await work.services.platform.delete_app(name, work.line.id)
    return _deleted(work, f"function app {name}", deletion)


async def delete_plan(work: Work) -> str | Waiting:
    deletion = await work.services.platform.delete_plan(work.line.plan, work.line.id)
    return _deleted(work, f"plan {work.line.plan}", deletion)


def _deleted(work: Work, what: str, deletion: Deletion) -> str | Waiting:
    """What is another's was met by a line that never got its app; after that somebody has written
    over the tags, and the app may run."""
    line = work.line
    if deletion is Deletion.BEGUN:
        return Waiting(f"Azure is deleting {what}")
    if deletion is Deletion.GONE:
        return f"{what} is gone"
    if line.hub is None and line.host_name is None:
        return f"{what} is another's, and left"
    wanted = spec.tags(line, work.services.settings)
    listed = ", ".join(f"{name} = {value!r}" for name, value in wanted.items())
    raise PlatformFailed(
        f"The {what} of line {line.id} carries other tags than the router gave it. It was left as "
        f"it is: put its tags back ({listed}), or delete it by hand"
    )


async def delete_task_hub(work: Work) -> str | Waiting:
    spec.must_be_here(work.line, work.services.settings)
    await work.services.hub.delete(work.line.task_hub, await _app_to_strip(work))
    return f"task hub {work.line.task_hub} is gone; its rows and large messages stay"


async def _app_to_strip(work: Work) -> str | None:
    """The app whose secrets, locks and package go, unless one of that name is another's."""
    services, line = work.services, work.line
    app = await services.platform.app(line.function_app)
    is_anothers = app is not None and not is_own(app.tags, services.settings.app_name, line.id)
    return None if is_anothers else line.function_app


async def prove_absence(work: Work) -> str | Waiting:
    """List what could be left, in Azure and in storage, and keep what the listing showed."""
    services, line = work.services, work.line
    in_azure = await services.platform.remaining(line.id)
    app = await _app_to_strip(work)
    in_storage = await services.hub.listing(line.task_hub, app)
    if left := [*in_azure, *in_storage.left]:
        return Waiting("still there: " + ", ".join(left))
    resources = f"function app {line.function_app} and plan {line.plan} (whatever is tagged)"
    proof = _proof(work, (resources, *in_storage.wanted))
    await services.catalog.replace_line(line_transitions.proven(line, proof))
    until = f"until {for_people(proof.until)}" if proof.until else "for ever"
    return (
        f"listed and found absent: {'; '.join(proof.absent)}. "
        f"Left {until}: {'; '.join(proof.remains)}"
    )


def _proof(work: Work, absent: tuple[str, ...]) -> Proof:
    services, hub = work.services, work.line.task_hub
    now, keep = services.now(), services.settings.retention_seconds
    remains = (
        f"rows of task hub {hub} in the tracking store",
        f"container {hub.lower()}-largemessages",
    )
    return Proof(now, absent, remains, now + timedelta(seconds=keep) if keep else None)


async def close_line(work: Work) -> str | Waiting:
    line = work.line
    if line.operation == work.operation.id:
        closed = line_transitions.retired(line, work.services.now())
        line = await work.services.catalog.replace_line(closed)
    await retention.begin(line, work.orchestrations)
    return f"line {line.id} is retired"
