"""The making of a listener from a function's trigger."""

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial

from emulator.host.bindings.accounts import Accounts
from emulator.host.bindings.blob_text import is_binary
from emulator.host.bindings.queue_options import QueueOptions
from emulator.host.configuration.settings import expand
from emulator.host.functions.function import BLOB, QUEUE, TIMER, FunctionInfo
from emulator.host.functions.values.trigger_value import Fire, TriggerValue
from emulator.host.functions.worker import Worker
from emulator.host.triggers import blob_path, schedule
from emulator.host.triggers.activity import Activity
from emulator.host.triggers.blob import BlobListener, BlobPlaces
from emulator.host.triggers.listener import Listener
from emulator.host.triggers.places import Places
from emulator.host.triggers.queue import QueueListener, QueueSource
from emulator.host.triggers.timer import TimerListener

_VISIBILITY = "EMULATOR_VISIBILITY_SECONDS"
_HIDDEN_SECONDS = 600  # Azure's


@dataclass(frozen=True, slots=True)
class Maker:
    """Makes the listeners of one app."""

    worker: Worker
    settings: Mapping[str, str]
    options: QueueOptions
    accounts: Accounts
    places: Places
    activity: Activity

    def listener(self, function: FunctionInfo) -> Listener:
        """Return the listener of a function.

        Raises PackageFailed, NoConnectionError, InvalidScheduleError or KeyError if its trigger
        cannot be read.
        """
        makers = {TIMER: self._timer, QUEUE: self._queue, BLOB: self._blob}
        return makers[function.trigger](function)

    def _timer(self, function: FunctionInfo) -> Listener:
        binding = function.trigger_binding
        due = schedule.parse(expand(str(binding["schedule"]), self.settings))
        name = function.name
        listener = TimerListener(
            due,
            self._fire(function),
            self.activity,
            status=self.places.timer_status(name),
            lock=self.places.lock(name),
        )
        run = partial(
            listener.run,
            on_startup=binding.get("runOnStartup") is True,
            monitored=binding.get("useMonitor") is not False,
        )
        return Listener((run,))

    def _queue(self, function: FunctionInfo) -> Listener:
        binding, connection = function.trigger_binding, _connection(function)
        name = expand(str(binding["queueName"]), self.settings).lower()
        source = QueueSource(
            self.accounts.queue(connection, name),
            self.accounts.queue(connection, f"{name}-poison"),
            is_binary(binding),
            _hidden_seconds(),
        )
        listener = QueueListener(source, self.options, self._fire(function), self.activity)
        return Listener((listener.run,), listener.finish)

    def _blob(self, function: FunctionInfo) -> Listener:
        name, binding, places = function.name, function.trigger_binding, self.places
        path = blob_path.parse(expand(str(binding["path"]), self.settings))
        container = self.accounts.container(_connection(function), path.container)
        found = places.found_blobs(name)
        where = BlobPlaces(container, places.container, places.receipts(name), found)
        blobs = BlobListener(name, binding, path, where, self._fire(function))
        source = QueueSource(found, places.poison(), hidden_seconds=_hidden_seconds())
        queue = QueueListener(source, self.options, blobs.handle, self.activity)
        return Listener((partial(blobs.run, self.options, queue.wake), queue.run), queue.finish)

    def _fire(self, function: FunctionInfo) -> Fire:
        async def fire(value: TriggerValue) -> None:
            with self.activity.busy():
                await self.worker.fire(function.name, value)

        return fire


def _connection(function: FunctionInfo) -> str:
    return str(function.trigger_binding.get("connection") or "")


def _hidden_seconds() -> int:
    return int(os.environ.get(_VISIBILITY) or _HIDDEN_SECONDS)
