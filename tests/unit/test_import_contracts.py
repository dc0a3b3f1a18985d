"""The import contracts in pyproject.toml cover every module that they are meant for."""

import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[2]
CONTRACT = "The domain and the rules decide"


def test_every_rules_module_is_held_to_its_contract() -> None:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    (contract,) = (
        each
        for each in settings["tool"]["importlinter"]["contracts"]
        if each["name"].startswith(CONTRACT)
    )
    paths = [path.relative_to(ROOT) for path in (ROOT / "router").rglob("*rules.py")]
    modules = {".".join(path.with_suffix("").parts) for path in paths}
    assert modules
    assert modules <= set(contract["source_modules"])
