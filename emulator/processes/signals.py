"""How a program that has processes to stop is interrupted: once, and not while it stops them.

Knows signals and the task that they are for; not what is to be stopped.
"""

import asyncio
import signal

_SIGNALS = (signal.SIGINT, signal.SIGTERM)


def cancel_on_signal() -> None:
    """The first SIGINT or SIGTERM cancels this task; more of them do not disturb its stopping."""
    loop, task = asyncio.get_running_loop(), asyncio.current_task()

    def leave() -> None:
        ignore_signals()
        if task:
            task.cancel()

    for number in _SIGNALS:
        loop.add_signal_handler(number, leave)


def ignore_signals() -> None:
    """From here to the end of the process: all that is left is to stop what was started."""
    for number in _SIGNALS:
        asyncio.get_running_loop().remove_signal_handler(number)
        # Not the loop's, which would end with it; nor SIG_IGN, which children would inherit.
        signal.signal(number, lambda *_: None)
