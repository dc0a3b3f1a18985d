"""The documentation matches the code: diagram, tables, commands, links and names of files."""

import re
from dataclasses import fields
from enum import StrEnum
from pathlib import Path

import pytest

from router.domain.line_states import STARTS, TRANSITIONS, LineState
from router.domain.model import BlockerKind, OperationKind
from router.http.line_actions import ACTIONS
from router.settings import Settings, name_of

ROOT = Path(__file__).parents[2]
PAGES = sorted(
    page
    for pattern in ("*.md", "docs/*.md", "emulator/*.md", "harness/*.md", ".github/**/*.md")
    for page in ROOT.glob(pattern)
)
_LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")
_FILE = re.compile(r"`((?:router|emulator|harness|samples|demo|bench|soak|docs|tests)/[\w./-]+)`")

for_every_page = pytest.mark.parametrize(
    "page", PAGES, ids=lambda page: page.relative_to(ROOT).as_posix()
)


def state_diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {LineState.REGISTERED}"]
    lines += [f"    {now} --> {then}: {why}" for (now, then), why in TRANSITIONS.items()]
    lines += [f"    {state}: {state}<br>starts are {starts}" for state, starts in STARTS.items()]
    return "\n".join([*lines, "```"])


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def first_column(title: str) -> str:
    """Return the first column of the table in a section of docs/operations.md."""
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("Line states", LineState),
        ("Why a line does not drain", BlockerKind),
        ("Failed operations", OperationKind),
    ],
)
def test_operations_page_explains_every_value(title: str, kinds: type[StrEnum]) -> None:
    assert set(re.findall(r"`([\w-]+)`", first_column(title))) == {str(kind) for kind in kinds}


def test_operations_page_lists_every_line_action() -> None:
    assert re.findall(r"lines/1\.0/(\w+)", first_column("Line actions")) == list(ACTIONS)


@for_every_page
def test_settings_that_a_page_names_exist(page: Path) -> None:
    known = {name_of(setting) for setting in fields(Settings)}
    assert set(re.findall(r"`(ROUTER_[A-Z_]+)`", page.read_text())) - known == set()


def test_state_diagram_is_up_to_date() -> None:
    page = (ROOT / "docs" / "concepts.md").read_text()
    shown = page.split("<!-- states -->\n")[1].split("\n<!-- /states -->")[0]
    assert shown == state_diagram()


@for_every_page
def test_make_targets_that_a_page_names_exist(page: Path) -> None:
    named = set(re.findall(r"(?:`|\$ )make ([a-z0-9]+)", page.read_text()))
    assert named - make_targets() == set()


@for_every_page
def test_links_of_a_page_lead_somewhere(page: Path) -> None:
    broken = []
    for link in (one or other for one, other in _LINK.findall(page.read_text())):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if link.startswith("http"):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            broken.append(link)
    assert broken == []


@for_every_page
def test_files_that_a_page_names_exist(page: Path) -> None:
    named = _FILE.findall(page.read_text())
    assert [name for name in named if not (ROOT / name).exists()] == []
