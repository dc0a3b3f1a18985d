"""The router's own app under the rules of the library that loads it on Azure."""

import os
from pathlib import Path

from azure.functions import FunctionRegister

import function_app
from emulator.host.functions.app_packages import INSTALLED
from emulator.host.functions.worker import Worker
from emulator.host.functions.worker_command import worker_command

ROOT = Path(__file__).parents[3]


async def test_every_function_of_the_router_is_indexed() -> None:
    environment = {"PATH": os.environ["PATH"]}
    worker = await Worker.start(worker_command(ROOT, environment, {}, INSTALLED))
    await worker.close()
    (app,) = {each for each in vars(function_app).values() if isinstance(each, FunctionRegister)}
    defined = [str(each.get_function_name()) for each in app.get_functions()]
    assert defined
    assert sorted(worker.functions) == sorted(defined)
    assert not [each.problem for each in worker.functions.values() if each.problem]
