"""An app imports in its worker the packages that Azure has, and nothing of this checkout."""

import json
from pathlib import Path
from textwrap import dedent

import pytest

from emulator.host.functions.values.http_call import HttpCall
from emulator.tests.contract.worker.conftest import StartApp

CODE = """
@app.route(route="found")
def found(req: func.HttpRequest) -> str:
    import importlib, json
    def present(name):
        try:
            importlib.import_module(name)
        except ImportError:
            return False
        return True
    return json.dumps([name for name in req.params["names"].split(",") if present(name)])

@app.route(route="run")
def run(req: func.HttpRequest) -> str:
    import subprocess, sys
    code = f"import {req.params['names']}"
    return str(subprocess.run([sys.executable, "-c", code], stderr=-3).returncode)

@app.route(route="state")
def state(req: func.HttpRequest) -> str:
    import json, sys
    return json.dumps([sys.path, os.getcwd(), callable(exit)])
"""


async def called(start_app: StartApp, name: str, names: str = "") -> str:
    worker = await start_app(CODE)
    call = HttpCall("GET", f"http://localhost/{name}", {}, {}, {"names": names})
    return (await worker.call_http(name, call, b"")).body.decode()


async def test_libraries_of_azure_and_their_needs_are_found(start_app: StartApp) -> None:
    names = "azure.functions,azure.durable_functions,azure_functions_runtime,aiohttp,requests,yarl"
    assert json.loads(await called(start_app, "found", names)) == names.split(",")


async def test_nothing_of_this_checkout_is_found(start_app: StartApp) -> None:
    names = "router,emulator,emulator.stack,emulator.worker,harness,conftest,samples"
    installed = "pytest,psutil,azure.mgmt.web,azure.storage.blob,azure.identity,json5,semver,pip"
    assert json.loads(await called(start_app, "found", f"{names},{installed}")) == []


async def test_process_that_an_app_starts_does_not_find_it_either(start_app: StartApp) -> None:
    assert await called(start_app, "run", "router") == "1"


async def test_app_is_in_its_directory_and_the_last_to_be_searched(
    start_app: StartApp, tmp_path: Path
) -> None:
    path, directory, has_exit = json.loads(await called(start_app, "state"))
    assert path[0] == f"{tmp_path}/.python_packages/lib/site-packages"
    assert path[-1] == directory == str(tmp_path)
    assert has_exit


async def test_modules_of_an_app_may_have_names_of_this_checkout(
    start_app: StartApp, tmp_path: Path
) -> None:
    for name in ("emulator", "router"):
        (tmp_path / f"{name}.py").write_text(f"NAME = '{name} of the app'")
    worker = await start_app(
        dedent("""
        import emulator, router
        @app.activity_trigger(input_name="x")
        def names(x): return [emulator.NAME, router.NAME]
        """)
    )
    assert json.loads(await worker.call("names", "1") or "") == [
        "emulator of the app",
        "router of the app",
    ]


@pytest.mark.parametrize("kind", ["thread", "process"])
async def test_app_may_use_pools(start_app: StartApp, kind: str) -> None:
    pool = {"thread": "ThreadPoolExecutor", "process": "ProcessPoolExecutor"}[kind]
    worker = await start_app(
        dedent(f"""
        from concurrent.futures import {pool}
        @app.activity_trigger(input_name="x")
        def lengths(x):
            with {pool}(1) as pool:
                return list(pool.map(len, ["a", "bb"]))
        """)
    )
    assert json.loads(await worker.call("lengths", "1") or "") == [1, 2]
