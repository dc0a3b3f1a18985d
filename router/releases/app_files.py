"""Find which files make a package an app of the Python worker, and which ones Azure does not read.

The worker runs the v2 model if the app has its script file, and else the v1 model, in which each
function is a folder with a function.json.
"""

import re
from collections.abc import Collection, Iterator

SCRIPT = "function_app.py"  # unless the setting PYTHON_SCRIPT_FILE_NAME names another one
REQUIREMENTS = "requirements.txt"
_V1 = re.compile(r"[^/]+/function\.json")
_BUILT = ".python_packages/"  # where a build puts what requirements.txt lists
_COMPILED = ("extensions.csproj", "bin/extensions.json")
_DURABLE = "azure-functions-durable"
_REQUIREMENT = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_OTHER_LINE = re.compile(r"\s*(?:#.*)?")


def problems(names: Collection[str], script: str = SCRIPT) -> Iterator[str]:
    """Yield which files at the package's top level are missing."""
    if "host.json" not in names:
        yield _missing("host.json", names)
    if script not in names and not _is_v1(names):
        yield _missing(script, names, ", and so is any folder with a function.json")


def warnings(
    names: Collection[str], requirements: str | None, *, bundle: bool, script: str = SCRIPT
) -> Iterator[str]:
    """Yield what Azure will not do with the package although its files suggest it.

    `requirements`: the text of requirements.txt, None without one. `bundle`: host.json names an
    extension bundle.
    """
    if script in names and _is_v1(names):
        yield f"The function.json files are not read, because the package has {script}."
    if "local.settings.json" in names:
        yield (
            "local.settings.json is not read in Azure. Give its values in ROUTER_LINE_SETTINGS, "
            "and leave it out of the package, as it may hold secrets."
        )
    if not bundle and not any(name in names for name in _COMPILED):
        yield (
            "host.json has no extensionBundle: Azure's host then does not know "
            'orchestrationTrigger. Add "extensionBundle": {"id": '
            '"Microsoft.Azure.Functions.ExtensionBundle", "version": "[4.*, 5.0.0)"}.'
        )
    if not any(name.startswith(_BUILT) for name in names):
        yield from _uninstalled(requirements)


def _missing(name: str, names: Collection[str], more: str = "") -> str:
    deeper = next((each for each in sorted(names) if each.endswith(f"/{name}")), None)
    hint = f" ({deeper} exists: zip the folder's content, not the folder)" if deeper else more
    return f"{name} is missing at the top level{hint}"


def _is_v1(names: Collection[str]) -> bool:
    return any(_V1.fullmatch(name) for name in names)


def _uninstalled(requirements: str | None) -> Iterator[str]:
    if requirements is None:
        yield f"There is no {REQUIREMENTS}, so Azure installs nothing, not even {_DURABLE}."
    elif _lacks_durable(requirements):
        yield (
            f"{REQUIREMENTS} does not list {_DURABLE}: unless another package there requires "
            "it, Azure does not install it."
        )


def _lacks_durable(requirements: str) -> bool:
    """Return whether the SDK is not listed, False if a line refers to something else."""
    for line in requirements.splitlines():
        if _OTHER_LINE.fullmatch(line):
            continue
        name = _REQUIREMENT.match(line.strip())
        if name is None or "://" in line or "/" in name.string.split("#")[0]:
            return False
        if re.sub(r"[-_.]+", "-", name[0]).lower() == _DURABLE:
            return False
    return True
