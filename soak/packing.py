"""Packages of the soak's app: the same code under any version, or code that does not come up."""

import io
import zipfile
from pathlib import Path

APP = Path(__file__).parent / "app"
_FILES = ("function_app.py", "host.json", "requirements.txt")
_NEVER = (1980, 1, 1, 0, 0, 0)  # the same bytes every time


def package(version: str, *, broken: bool = False) -> bytes:
    """The zip of a release; a `broken` one can't be imported."""
    files = {name: (APP / name).read_text(encoding="utf-8") for name in _FILES}
    files["release.txt"] = version
    if broken:
        files["function_app.py"] = "import no_such_module\n"
    zipped = io.BytesIO()
    with zipfile.ZipFile(zipped, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, _NEVER), text)
    return zipped.getvalue()
