"""The functions of the v1 programming model: a folder with a function.json for each."""

import json
import logging
import os
import re
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = "function.json"
PRIMARY = "__init__.py"
_NAME = re.compile(r"(?!host$)[a-z][a-z0-9_-]{0,127}", re.IGNORECASE)
NO_TRIGGER = "No trigger binding specified. A function must have a trigger input binding."
TWO_TRIGGERS = (
    "Multiple trigger bindings defined. A function can only have a single trigger binding."
)
_DIRECTIONS = {"in": 0, "out": 1, "inout": 2}
_DATA_TYPES = {"string": 1, "binary": 2, "stream": 3}

log = logging.getLogger("Host.Startup")


class InvalidFunctionError(Exception):
    """A function.json that the host does not take. The text is that of the real host."""


@dataclass(frozen=True, slots=True)
class FunctionFile:
    """A function.json with its folder and the script that has the code."""

    name: str
    directory: Path
    script: Path | None
    document: Mapping[str, Any]

    @property
    def id(self) -> str:
        """The function's id, the same in every process."""
        return str(uuid.uuid5(uuid.NAMESPACE_OID, self.name))

    @property
    def bindings(self) -> Sequence[Mapping[str, Any]]:
        """The bindings, as the file has them."""
        bindings: Sequence[Mapping[str, Any]] = self.document["bindings"]
        return bindings

    def load_fields(self) -> dict[str, Any]:
        """Return what the worker needs for importing the function."""
        return {
            "function": self.id,
            "name": self.name,
            "directory": str(self.directory),
            "script_file": str(self.script or ""),
            "entry_point": self.document.get("entryPoint") or "",
            "bindings": {str(each["name"]): _binding(each) for each in self.bindings},
        }


def read(package: Path) -> list[FunctionFile]:
    """Return the functions of a package. What the host does not take is logged and left out."""
    found = []
    for path in sorted(package.glob(f"*/{FILE}")):
        try:
            found.append(_parsed(path))
        except (InvalidFunctionError, ValueError, KeyError) as error:
            log.error("The '%s' function is in error: %s", path.parent.name, error)  # noqa: TRY400
    return found


def _parsed(path: Path) -> FunctionFile:
    name, document = path.parent.name, json.loads(path.read_text(encoding="utf-8-sig"))
    if not _NAME.fullmatch(name):
        raise InvalidFunctionError(f"'{name}' is not a valid function name.")
    if not isinstance(document, dict) or not document.get("bindings"):
        raise InvalidFunctionError("At least one binding must be declared.")
    triggers = [b for b in document["bindings"] if str(b["type"]).lower().endswith("trigger")]
    if not triggers:
        raise InvalidFunctionError(NO_TRIGGER)
    if len(triggers) > 1:
        raise InvalidFunctionError(TWO_TRIGGERS)
    return FunctionFile(name, path.parent, _script(path.parent, document), document)


def _script(directory: Path, document: Mapping[str, Any]) -> Path | None:
    """Return the file that is named, or else the only one beside function.json, or __init__.py."""
    if named := document.get("scriptFile"):
        script = Path(os.path.normpath(directory / str(named)))
        if not script.is_file():
            raise InvalidFunctionError(
                "Invalid script file name configuration. "
                "The 'scriptFile' property is set to a file that does not exist."
            )
        return script
    files = [each for each in directory.iterdir() if each.is_file() and each.name.lower() != FILE]
    if len(files) == 1:
        return files[0]
    primary = {PRIMARY: 0, "run.py": 1}
    known = sorted((each for each in files if each.name in primary), key=lambda e: primary[e.name])
    return known[0] if known else None


def _binding(binding: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "type": str(binding["type"]),
        "direction": _DIRECTIONS.get(str(binding.get("direction", "in")).lower(), 0),
        "data_type": _DATA_TYPES.get(str(binding.get("dataType", "")).lower(), 0),
    }
