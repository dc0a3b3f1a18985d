"""Renders docs/settings.md: python -m router.settings.page > docs/settings.md."""

import argparse
import sys
from dataclasses import MISSING, Field
from typing import Any

from router.settings import Settings, name_of

_HEAD = """\
# Settings

The router reads its settings once, at startup, from the environment: app settings in Azure, `local.settings.json` locally.
If any are invalid, every route answers 500 `settings-invalid` with all problems.
An unknown `ROUTER_…` setting is no reason to stop, because settings and code cannot change at the same moment: it is a warning in the router's log and in `problems` of `GET /api/health`, so that a misspelt one does not go unnoticed.

This page is generated from the modules of `router/settings` by `python -m router.settings.page`.

| setting | default | unit | meaning |
| --- | --- | --- | --- |
"""  # noqa: E501 - Markdown has one sentence per line


def settings_page() -> str:
    """Return the page in Markdown."""
    return _HEAD + "".join(_row(about) for about in Settings.named())


def _row(about: "Field[Any]") -> str:
    doc = about.metadata["doc"] + (" Secret." if about.metadata["secret"] else "")
    return f"| `{name_of(about)}` | {_default(about)} | {about.metadata['unit']} | {doc} |\n"


def _default(about: "Field[Any]") -> str:
    if about.metadata["same_as"]:
        return f"`{about.metadata['same_as']}`"
    if about.default_factory is not MISSING:
        return "`{}`"
    if about.default is MISSING:
        return "required"
    if isinstance(about.default, bool):
        return f"`{str(about.default).lower()}`"
    if about.default == "":
        return "none"
    is_number = isinstance(about.default, float)
    return f"`{int(about.default)}`" if is_number else f"`{about.default}`"


if __name__ == "__main__":
    argparse.ArgumentParser(prog="python -m router.settings.page", description=__doc__).parse_args()
    sys.stdout.write(settings_page())
