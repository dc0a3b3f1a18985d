"""Packs a release of the sample as the zip that `PUT /api/releases/{version}` takes.

A release is identified by its digest, so the same folder always gives the same bytes.
"""

import argparse
import io
import sys
import zipfile
from collections.abc import Mapping
from pathlib import Path

ORDERS = Path(__file__).parent / "orders"
_EPOCH = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


def pack(release: str, app: Path = ORDERS) -> bytes:
    """Return the package of one release, such as 1.0.0. FileNotFoundError if there is none."""
    folder = app / release
    if not folder.is_dir():
        raise FileNotFoundError(f"{app.name} has no release {release}; it has {_releases(app)}")
    return zip_of(
        {
            path.relative_to(folder).as_posix(): path.read_bytes()
            for path in folder.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }
    )


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """Return a zip of these files, always with the same bytes."""
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, content in sorted(files.items()):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.external_attr = 0o644 << 16
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return package.getvalue()


def _releases(app: Path) -> str:
    return ", ".join(sorted(path.name for path in app.iterdir() if path.is_dir()))


if __name__ == "__main__":
    parser = argparse.ArgumentParser(prog="python -m samples.pack", description=__doc__)
    parser.add_argument("release", help=f"one of {_releases(ORDERS)}")
    parser.add_argument("file", type=Path, help="the zip to write")
    given = parser.parse_args()
    try:
        given.file.write_bytes(pack(given.release))
    except FileNotFoundError as error:
        sys.exit(str(error))
