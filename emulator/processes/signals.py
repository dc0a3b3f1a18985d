"""Signal handling of programs that stop their child processes when they are interrupted."""

import asyncio
import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def cancel_on_signal() -> None:
    """Cancel the current task on the first SIGINT or SIGTERM, and ignore further ones."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def cancel() -> None:
        ignore_signals()
        if task:
            task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, cancel)


def ignore_signals() -> None:
    """Ignore SIGINT and SIGTERM until the process ends, so that its cleanup is not interrupted."""
    for number in _SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)
        # A handler of the loop would end with it, and children would inherit SIG_IGN.
        signal.signal(number, lambda *_: None)
