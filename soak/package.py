"""Packages of the soak's app: the same code under any version, or code that cannot be imported."""

from pathlib import Path

from samples.pack import zip_of

APP = Path(__file__).parent / "app"
_FILES = ("function_app.py", "host.json", "requirements.txt")


def package(version: str, *, broken: bool = False) -> bytes:
    """Return the zip of a release, always with the same bytes."""
    files = {name: (APP / name).read_bytes() for name in _FILES}
    files["release.txt"] = version.encode()
    if broken:
        files["function_app.py"] = b"import no_such_module\n"
    return zip_of(files)
