"""Find the place in an app's own code at which its import failed."""

import re
from pathlib import Path

_FRAME = re.compile(r'^\s*File "(.+)", line (\d+)', re.MULTILINE)
_BUILT = ".python_packages"


def summary(problem: str, package: Path) -> str | None:
    """Return the reason why an app could not be indexed with the place in the app, if one is known.

    The place is the last one of the app's own code, not of a library that it calls.
    """
    message, _, stack = problem.partition("\n")
    own = [
        (Path(file).relative_to(package), line)
        for file, line in _FRAME.findall(stack)
        if Path(file).is_relative_to(package) and _BUILT not in Path(file).parts
    ]
    if not own:
        return None
    place = f"({own[-1][0]}, line {own[-1][1]})"
    return message if place in message else f"{message} {place}"
