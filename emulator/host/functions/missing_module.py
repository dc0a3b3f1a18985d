"""Say what to do about a module that an app imports and that is not installed here."""

import re

_MISSING = re.compile(r"ModuleNotFoundError: No module named '([^']+)'")


def advice(problem: str) -> str | None:
    """Return the advice for the reason why an app could not be indexed, if a module is missing."""
    missing = _MISSING.match(problem)
    if missing is None:
        return None
    return (
        f"The module {missing[1]} is not installed here. Azure installs what requirements.txt "
        "lists when a release is deployed; so does the local run if it is started with "
        "`make up LOCAL_BUILD=1`. Or put the module into .python_packages/lib/site-packages of "
        "the package."
    )
