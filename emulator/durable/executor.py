"""Runs one app's durable functions for the engine."""

import logging

from emulator.durable.activities import http_request, outcomes
from emulator.durable.app.function_catalog import FunctionCatalog
from emulator.durable.app.version_policy import VersionPolicy
from emulator.durable.dotnet import json_text
from emulator.durable.dotnet.json_reader import BadJsonError
from emulator.durable.entity import batch as entity_batch
from emulator.durable.entity.entity_id import EntityId, is_entity
from emulator.durable.replay import trigger_context
from emulator.durable.replay.action_runner import HTTP_ACTIVITY
from emulator.durable.replay.loop_detector import LoopDetector
from emulator.durable.replay.orchestration import Started, decide
from emulator.durable.replay.sdk_result import (
    OrchestratorFailure,
    SdkResult,
    parse_exception,
    parse_return_value,
)
from emulator.engine.model.event import EventType
from emulator.engine.model.executor import ActivityCall, ActivityOutcome, Episode, EpisodeOutcome
from emulator.host.errors import FunctionFailed, WorkerEnded
from emulator.host.functions.worker import Worker

log = logging.getLogger("Host.Durable")


class HostEnding(Exception):
    """The host ends with its worker. The engine gives the work back for the next host."""


class FunctionExecutor:
    """Runs one app's durable functions as an `emulator.engine.model.executor.Executor`."""

    def __init__(self, worker: Worker, versions: VersionPolicy, catalog: FunctionCatalog) -> None:
        self._worker = worker
        self._versions = versions
        self._catalog = catalog
        self._loop_detector = LoopDetector()

    async def run_episode(self, episode: Episode) -> EpisodeOutcome:
        """Replay the history, process the new events and return the decisions."""
        started = trigger_context.find_start(episode)
        mismatch = self._versions.mismatch(started.version)
        if mismatch:
            log.warning(
                "%s has version %r, which this host (%r) does not run",
                episode.instance_id,
                started.version,
                self._versions.default,
            )
            return mismatch
        if is_entity(started.name):
            return await self._run_entity(episode, started)
        result = await self._replay(episode, started)
        outcome = decide(episode, started, result, self._catalog, self._versions.default)
        started_now = any(e["EventType"] == EventType.ExecutionStarted for e in episode.new)
        return self._loop_detector.check(
            episode.instance_id, started.name, outcome, one_episode=started_now
        )

    async def run_activity(self, call: ActivityCall) -> ActivityOutcome:
        """Run one activity to completion."""
        if call.name == HTTP_ACTIVITY:
            return await http_request.call(call.input)
        if self._catalog.activities.is_disabled(call.name):
            return outcomes.disabled(call.name)
        if call.name not in self._catalog.activities:
            log.error("%s", self._catalog.activities.not_found_text(call.name))
            return ActivityOutcome(no_response=True)
        function = self._catalog.activities[call.name]
        try:
            text = await self._call(function, outcomes.argument(call.input))
        except WorkerEnded as error:
            return outcomes.not_answered(call.name, str(error))
        except FunctionFailed as error:
            log.warning("activity %s failed: %s", call.name, error)
            return outcomes.failed(call.name, error.type_name, error.message, error.stack)
        return outcomes.succeeded(text)

    async def _call(self, function: str, value: str) -> str | None:
        try:
            return await self._worker.call(function, value)
        except WorkerEnded as error:
            if self._worker.gone.is_set():
                raise HostEnding(str(error)) from None
            raise

    async def _replay(self, episode: Episode, started: Started) -> SdkResult | OrchestratorFailure:
        orchestrators = self._catalog.orchestrators
        if started.name not in orchestrators:
            return OrchestratorFailure(orchestrators.not_found_text(started.name))
        function = orchestrators[started.name]
        try:
            context = trigger_context.serialize(episode, started)
        except BadJsonError:
            return OrchestratorFailure(
                f"One or more errors occurred. (Exception while executing function: "
                f"Functions.{function})"
            )
        try:
            return parse_return_value(await self._call(function, context))
        except WorkerEnded as error:
            return OrchestratorFailure(f"One or more errors occurred. ({error})")
        except FunctionFailed as error:
            return parse_exception(error.type_name, error.message, error.stack)

    async def _run_entity(self, episode: Episode, started: Started) -> EpisodeOutcome:
        state = entity_batch.EntityState.parse(started.value)
        requests = entity_batch.collect_requests(episode, state)
        if not requests:
            return entity_batch.unchanged_outcome(state)
        name = EntityId.parse(episode.instance_id).name
        if self._catalog.entities.is_disabled(name):
            error = self._catalog.entities.not_found_text(name)
            return entity_batch.failed_outcome(requests, state, error)
        if name not in self._catalog.entities:
            log.error("%s", self._catalog.entities.not_found_text(name))
            return EpisodeOutcome(rejected=True)
        context = entity_batch.batch_context(episode, state, requests)
        try:
            text = await self._call(self._catalog.entities[name], context)
        except FunctionFailed as error:
            log.warning("entity %s failed and will be retried: %s", episode.instance_id, error)
            return EpisodeOutcome(rejected=True)
        return entity_batch.batch_outcome(requests, state, json_text.loads(text or "{}"))
