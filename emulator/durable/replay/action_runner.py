"""Runs the SDK's actions one after the other, awaiting each before looking at the next.

The real extension does the same, which determines how orchestrations end: the loser of a race is
waited for, and the call of a function that does not exist is silently skipped.
"""

from collections.abc import Callable
from enum import IntEnum

from emulator.durable.app.function_catalog import FunctionCatalog, FunctionKind
from emulator.durable.dotnet.json_text import compact
from emulator.durable.entity.entity_id import EntityId
from emulator.durable.replay.entity_requests import EntityRequests
from emulator.durable.replay.execution import Execution
from emulator.durable.replay.promise import Coroutine, Promise, all_of, any_of, run, settled_promise
from emulator.durable.replay.retry import RetryPolicy, retry
from emulator.durable.replay.sdk_result import Action, SdkResult
from emulator.engine.model import timestamps

HTTP_ACTIVITY = "BuiltIn::HttpActivity"


class ActionType(IntEnum):
    """The `actionType` values of the SDK's actions."""

    CALL_ACTIVITY = 0
    CALL_ACTIVITY_WITH_RETRY = 1
    CALL_CHILD = 2
    CALL_CHILD_WITH_RETRY = 3
    CONTINUE_AS_NEW = 4
    CREATE_TIMER = 5
    WAIT_FOR_EVENT = 6
    CALL_ENTITY = 7
    CALL_HTTP = 8
    SIGNAL_ENTITY = 9
    WHEN_ANY = 11
    WHEN_ALL = 12


class OrchestratorFailedError(Exception):
    """The failure of an orchestrator, with the details for its parent."""

    def __init__(self, text: str, details: str) -> None:
        super().__init__(text)
        self.details = details


class ActionRunner:
    """Runs the actions of one SDK result in one execution."""

    def __init__(
        self,
        execution: Execution,
        catalog: FunctionCatalog,
        default_version: str | None,
        parent_id: str,
    ) -> None:
        self._execution = execution
        self._catalog = catalog
        self._default_version = default_version
        self._forbidden_ids = {each.lower() for each in (execution.instance_id, parent_id) if each}
        self._entity_requests = EntityRequests(execution)
        self._starters: dict[ActionType, Callable[[Action], Promise]] = {
            ActionType.CALL_ACTIVITY: self._activity,
            ActionType.CALL_ACTIVITY_WITH_RETRY: self._activity,
            ActionType.CALL_CHILD: self._child,
            ActionType.CALL_CHILD_WITH_RETRY: self._child,
            ActionType.CONTINUE_AS_NEW: self._continue,
            ActionType.CREATE_TIMER: self._timer,
            ActionType.WAIT_FOR_EVENT: self._event,
            ActionType.CALL_ENTITY: self._entity_call,
            ActionType.CALL_HTTP: self._http,
            ActionType.SIGNAL_ENTITY: self._entity_signal,
            ActionType.WHEN_ANY: self._any,
            ActionType.WHEN_ALL: self._all,
        }

    def run(self, name: str, result: SdkResult) -> Coroutine:
        """Run the actions to their end, then complete if the code has completed."""
        for action in result.actions:
            yield self._start(action)
        if result.error:
            raise OrchestratorFailedError(
                f"Orchestrator function '{name}' failed: {result.error}",
                f"Message: {result.error}, StackTrace: {result.stack}",
            )
        if not result.is_done:
            yield Promise()  # the code waits for something that has not happened yet
        return result.output

    def _is_unknown(self, kind: FunctionKind, name: str) -> bool:
        """Return True for a function whose call is skipped, unlike that of a disabled one."""
        return name not in kind and not kind.is_disabled(name)

    def _start(self, action: Action) -> Promise:
        return self._starters[ActionType(action["actionType"])](action)

    def _activity(self, action: Action) -> Promise:
        name, value = action["functionName"], compact([action["input"]])
        if self._is_unknown(self._catalog.activities, name):
            return settled_promise(failed=True)
        return self._with_retries(action, lambda: self._execution.schedule_task(name, value))

    def _child(self, action: Action) -> Promise:
        name, instance_id = action["functionName"], action.get("instanceId")
        lower_id = (instance_id or "").lower()
        if name not in self._catalog.orchestrators or lower_id in self._forbidden_ids:
            return settled_promise(failed=True)
        if lower_id.startswith("@"):
            return settled_promise(failed=True)
        version = action.get("version")
        version = self._default_version if version is None else version
        value = compact(action["input"])
        return self._with_retries(
            action, lambda: self._execution.start_child(name, version, instance_id, value)
        )

    def _with_retries(self, action: Action, attempt: Callable[[], Promise]) -> Promise:
        options = action.get("retryOptions")
        if options is None:
            return attempt()
        return run(retry(self._execution, RetryPolicy.of(options), attempt))

    def _timer(self, action: Action) -> Promise:
        fire_at = timestamps.parse(action["fireAt"])
        return self._execution.create_timer(fire_at, cancelled=bool(action.get("isCanceled")))

    def _event(self, action: Action) -> Promise:
        return self._execution.external_events.wait(action["externalEventName"])

    def _http(self, action: Action) -> Promise:
        return self._execution.schedule_task(HTTP_ACTIVITY, compact([action["httpRequest"]]))

    def _entity_call(self, action: Action) -> Promise:
        name = EntityId.parse(action["instanceId"]).name
        if self._is_unknown(self._catalog.entities, name):
            return settled_promise(failed=True)
        return self._execution.external_events.wait(self._request(action, signal=False))

    def _entity_signal(self, action: Action) -> Promise:
        name = EntityId.parse(action["instanceId"]).name
        if name not in self._catalog.entities:
            raise ValueError(self._catalog.entities.not_found_text(name))
        self._request(action, signal=True)
        return settled_promise()

    def _request(self, action: Action, *, signal: bool) -> str:
        value = compact(action["input"])
        return self._entity_requests.send(
            action["instanceId"], action["operation"], value, signal=signal
        )

    def _continue(self, action: Action) -> Promise:
        self._execution.continue_as_new(compact(action["input"]))
        return settled_promise()

    def _any(self, action: Action) -> Promise:
        return any_of([self._start(each) for each in action["compoundActions"]])

    def _all(self, action: Action) -> Promise:
        return all_of([self._start(each) for each in action["compoundActions"]])
