"""The local build: the setting that asks for it, and the variables by which a user directs pip."""

from collections.abc import Mapping
from typing import Final

ASKED: Final = "EMULATOR_LOCAL_BUILD"
SECONDS: Final = "900"  # for a step of an operation, since pip may load much
_PREFIX = "PIP_"
_OTHERS = ("HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE")


def is_asked(environ: Mapping[str, str]) -> bool:
    """Return whether what requirements.txt lists is installed when a package is deployed."""
    return environ.get(ASKED) == "1"


def variables(environ: Mapping[str, str]) -> dict[str, str]:
    """Return what the process that builds needs of a user's environment, if it is to build."""
    if not is_asked(environ):
        return {}
    directing = {
        name: value
        for name, value in environ.items()
        if name.startswith(_PREFIX) or name.upper() in _OTHERS
    }
    return {ASKED: "1", **directing}
