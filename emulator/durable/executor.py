"""Answers the engine: one turn of an orchestration or entity, one activity.

Owns the order of things: version, function, call, outcome. Decides nothing itself and never
raises for what the app's code does.
"""

import json
import logging

from emulator.durable.activities import http_request, outcomes
from emulator.durable.app.function_catalog import Catalog
from emulator.durable.app.version_policy import VersionPolicy
from emulator.durable.entity import batch as entity_turn
from emulator.durable.entity.entity_id import EntityId, is_entity
from emulator.durable.replay import trigger_context
from emulator.durable.replay.action_runner import HTTP_ACTIVITY
from emulator.durable.replay.loop_detector import HotLoops
from emulator.durable.replay.orchestration import Started, decide
from emulator.durable.replay.sdk_result import Answer, Refusal, answered, raised
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import ActivityCall, ActivityOutcome, Outcome, Turn
from emulator.host.errors import FunctionFailed
from emulator.host.functions.worker import Worker

log = logging.getLogger("Host.Durable")


class FunctionExecutor:
    """Runs one app's durable functions; an `emulator.engine.model.executor.Executor`."""

    def __init__(self, worker: Worker, versions: VersionPolicy, catalog: Catalog) -> None:
        self._worker = worker
        self._versions = versions
        self._catalog = catalog
        self._hot_loops = HotLoops()

    async def run_turn(self, turn: Turn) -> Outcome:
        """Replay, run on, and say what was decided."""
        beginning = trigger_context.started(turn)
        mismatch = self._versions.mismatch(beginning.version)
        if mismatch:
            log.warning(
                "%s has version %r, which this host (%r) does not run",
                turn.instance_id,
                beginning.version,
                self._versions.default,
            )
            return mismatch
        if is_entity(beginning.name):
            return await self._run_entity(turn, beginning)
        answer = await self._ask(turn, beginning)
        outcome = decide(turn, beginning, answer, self._catalog, self._versions.default)
        began_now = any(e["EventType"] == EventType.ExecutionStarted for e in turn.new)
        return self._hot_loops.watch(turn.instance_id, beginning.name, outcome, one_turn=began_now)

    async def run_activity(self, call: ActivityCall) -> ActivityOutcome:
        """Run one activity to its end."""
        if call.name == HTTP_ACTIVITY:
            return await http_request.call(call.input)
        if call.name not in self._catalog.activities:
            log.error("%s", self._catalog.activities.missing(call.name))
            return ActivityOutcome(lost=True)
        function = self._catalog.activities[call.name]
        try:
            text = await self._worker.call(function, outcomes.argument(call.input))
        except FunctionFailed as error:
            log.warning("activity %s failed: %s", call.name, error)
            return outcomes.failed(call.name, error.type_name, error.message, error.stack)
        return outcomes.succeeded(text)

    async def _ask(self, turn: Turn, beginning: Started) -> Answer | Refusal:
        orchestrators = self._catalog.orchestrators
        if beginning.name not in orchestrators:
            return Refusal(orchestrators.missing(beginning.name))
        function = orchestrators[beginning.name]
        try:
            return answered(
                await self._worker.call(function, trigger_context.context(turn, beginning))
            )
        except FunctionFailed as error:
            return raised(error.type_name, error.message, error.stack)

    async def _run_entity(self, turn: Turn, beginning: Started) -> Outcome:
        state = entity_turn.EntityState.parse(beginning.value)
        requests = entity_turn.batch(turn, state)
        if not requests:
            return entity_turn.unchanged(state)
        name = EntityId.parse(turn.instance_id).name
        if name not in self._catalog.entities:
            log.error("%s", self._catalog.entities.missing(name))
            return Outcome(rejected=True)
        context = entity_turn.context(turn, state, requests)
        try:
            text = await self._worker.call(self._catalog.entities[name], context)
        except FunctionFailed as error:
            log.warning("entity %s failed and will be tried again: %s", turn.instance_id, error)
            return Outcome(rejected=True)
        return entity_turn.outcome(requests, state, json.loads(text or "{}"))
