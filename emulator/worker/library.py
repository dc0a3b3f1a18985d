"""The choice of Microsoft's library for an app, made as Azure's worker makes it."""

import importlib
import os
from pathlib import Path
from typing import Any

SCRIPT_SETTING = "PYTHON_SCRIPT_FILE_NAME"
SCRIPT = "function_app.py"
DECORATORS = "azure_functions_runtime"  # the v2 programming model
FILES = "azure_functions_runtime_v1"  # a function.json in a folder per function


def library_name(package: Path) -> str:
    """Return the name of the library that runs a package: by its script file alone."""
    script = package / os.environ.get(SCRIPT_SETTING, SCRIPT)
    return DECORATORS if script.exists() else FILES


def load(package: Path) -> Any:
    """Import the library that runs a package."""
    return importlib.import_module(library_name(package))
