"""Packs a release of the sample app as a zip for `PUT /api/releases/{version}`.

The same folder gives the same bytes wherever it is packed, because a release is identified by its
digest.
"""

import argparse
import io
import sys
import zipfile
from pathlib import Path

ORDERS = Path(__file__).parent / "orders"
_NEVER = (1980, 1, 1, 0, 0, 0)  # the earliest time that a zip can hold


def pack(release: str, app: Path = ORDERS) -> bytes:
    """Return the package of a release such as 1.0.0, or raise FileNotFoundError."""
    folder = app / release
    if not folder.is_dir():
        raise FileNotFoundError(f"{app.name} has no release {release}; it has {_releases(app)}")
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for path in sorted(folder.rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                entry = zipfile.ZipInfo(path.relative_to(folder).as_posix(), _NEVER)
                entry.external_attr = 0o644 << 16
                archive.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED)
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
