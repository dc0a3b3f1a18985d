"""Enter a worker process whose imports are the app's: `python -P -S enter.py …`.

The process finds the packages that it is given, the app's own and the standard library. What the
emulator itself consists of is imported here and then hidden, so an app finds neither this checkout
nor what is installed for it.
"""

import site
import sys
from pathlib import Path

CHECKOUT = str(Path(__file__).resolve().parents[2])
BUILT = ".python_packages/lib/site-packages"  # where a build puts what requirements.txt lists


def enter(app: str, packages: str) -> None:
    """Let this process import the app, what it requires and the standard library.

    `packages`: the directory with what every app finds.
    """
    # PYTHONPATH may name this checkout, since a host that the emulator starts finds itself by it.
    inherited = (path for path in sys.path if path != CHECKOUT)
    sys.path[:] = [f"{app}/{BUILT}", packages, *inherited, app]
    # Python leaves these out together with the directories of installed packages.
    site.setquit()
    site.sethelper()


def hide() -> None:
    """Hide the emulator's modules. Those that have been imported keep working."""
    sys.path.remove(CHECKOUT)
    for name in [each for each in sys.modules if each.partition(".")[0] == "emulator"]:
        del sys.modules[name]


if __name__ == "__main__":
    enter(*sys.argv[1:3])
    sys.path.insert(0, CHECKOUT)
    from emulator.worker.process import main

    hide()
    main(sys.argv[1], sys.argv[3:])
