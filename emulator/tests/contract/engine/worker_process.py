"""A worker process that tests can kill: `python -m … ACCOUNT WORKER_NAME`.

Prints `working` once it runs and shuts down gracefully on SIGTERM.
"""

import asyncio
import signal
import sys

from emulator.engine.hub import TaskHub
from emulator.tests.contract.engine.app import app
from emulator.tests.contract.engine.hubs import settings


async def main(account: str, worker_name: str) -> None:
    async with TaskHub(settings(account, worker_name=worker_name)) as hub:
        asyncio.get_running_loop().add_signal_handler(
            signal.SIGTERM, lambda: asyncio.ensure_future(hub.stop())
        )
        work = asyncio.create_task(hub.run(app()))
        print("working", flush=True)
        await work


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))
