"""The mortal router's app directory, and the kill points in it: armed, then met."""

import json
from collections.abc import Iterable
from pathlib import Path

from emulator.processes.process import ROOT

_EXAMPLE = "local.settings.json.example"
_STORAGE = "AzureFunctionsJobHost__extensions__durableTask__storageProvider__"
# After how long what a dead router had in hand shows up again: the least there is.
_VISIBILITY = {
    f"{_STORAGE}{queue}VisibilityTimeout": "00:00:01" for queue in ("controlQueue", "workItemQueue")
}


class Stage:
    """An app directory that `emulator up --app` hosts, made here."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self._armed, self._met = directory / "armed", directory / "met"
        self._armed.mkdir(parents=True)
        self._met.touch()
        for name in ("router", "host.json"):
            (directory / name).symlink_to(ROOT / name)
        (directory / "whole_app.py").symlink_to(ROOT / "function_app.py")
        mortal = Path(__file__).with_name("mortal_app.py").read_text()
        (directory / "function_app.py").write_text(mortal)
        settings = json.loads((ROOT / _EXAMPLE).read_text())
        settings["Values"] |= _VISIBILITY
        (directory / _EXAMPLE).write_text(json.dumps(settings))

    def arm(self, points: Iterable[str]) -> None:
        """Let the router die at each of these, once."""
        for point in points:
            (self._armed / point).touch()

    def armed(self) -> set[str]:
        """The points that the router has not come to yet."""
        return {path.name for path in self._armed.iterdir()}

    def met(self) -> list[str]:
        """Those at which it has died, in order."""
        return self._met.read_text().splitlines()
