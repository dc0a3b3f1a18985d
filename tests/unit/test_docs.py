"""The pages say what the code does: diagram, commands and links are compared with it."""

import ast
import re
from dataclasses import fields
from enum import StrEnum
from pathlib import Path

import pytest

from router.domain.line_states import SERVES, TRANSITIONS, LineState
from router.domain.model import BlockerKind, OperationKind
from router.http.line_actions import ACTIONS
from router.settings import Settings, name_of

ROOT = Path(__file__).parents[2]
PAGES = sorted([*ROOT.glob("*.md"), *ROOT.glob("docs/*.md")])
_ERRORS = ("RouterError", "Refusal", "Unavailable", "check_size")
_CODE = r"[a-z]+(?:-[a-z]+)+"
_LINK = re.compile(r"\]\(([^)\s]+)\)|<img[^>]+src=\"([^\"]+)\"")


def diagram() -> str:
    lines = ["```mermaid", "stateDiagram-v2", f"    [*] --> {LineState.REGISTERED}"]
    lines += [f"    {now} --> {then}: {why}" for (now, then), why in TRANSITIONS.items()]
    lines += [f"    {state}: {state}<br>starts are {serves}" for state, serves in SERVES.items()]
    return "\n".join([*lines, "```"])


def anchors(page: Path) -> set[str]:
    titles = re.findall(r"^#+ (.+)$", page.read_text(), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z0-9]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def codes_raised() -> set[str]:
    """Every literal that is an error's code, wherever the router makes an error."""
    calls = (
        call
        for path in (ROOT / "router").rglob("*.py")
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") in _ERRORS
    )
    literals = (literal for call in calls for literal in call.args[:3])
    texts = {getattr(literal, "value", None) for literal in literals}
    return {text for text in texts if isinstance(text, str) and re.fullmatch(_CODE, text)}


def test_every_error_is_explained() -> None:
    table = (ROOT / "docs" / "api.md").read_text().split("## Errors")[1]
    explained = set(re.findall(rf"\| `({_CODE})` \|", table))
    assert codes_raised() - explained == set()


def rows_of(title: str) -> str:
    """The first column of a section of the page for operators, all rows."""
    page = (ROOT / "docs" / "operations.md").read_text()
    section = page.split(f"\n## {title}\n")[1].split("\n## ")[0]
    return "\n".join(re.findall(r"^\| (`.*?) \|", section, re.MULTILINE))


def test_operators_are_told_what_to_do_about_every_error() -> None:
    told = set(re.findall(rf"`({_CODE})`", rows_of("Errors")))
    assert told == codes_raised()


@pytest.mark.parametrize(
    ("title", "kinds"),
    [
        ("States", LineState),
        ("Why a line does not drain", BlockerKind),
        ("Operations that fail", OperationKind),
    ],
)
def test_operators_are_told_what_everything_means(title: str, kinds: type[StrEnum]) -> None:
    assert set(re.findall(r"`([\w-]+)`", rows_of(title))) == {str(kind) for kind in kinds}


def test_operators_know_every_order() -> None:
    assert re.findall(r"lines/1\.0/(\w+)", rows_of("Orders")) == list(ACTIONS)


def test_every_setting_that_a_page_names_exists() -> None:
    known = {name_of(about) for about in fields(Settings)}
    for page in PAGES:
        named = set(re.findall(r"`(ROUTER_[A-Z_]+)`", page.read_text()))
        assert named - known == set(), page


def test_the_diagram_is_the_table_of_states() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text()
    shown = page.split("<!-- states -->\n")[1].split("\n<!-- /states -->")[0]
    assert shown == diagram()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_of_make_exists(page: Path) -> None:
    said = set(re.findall(r"(?:`|\$ )make ([a-z0-9]+)", page.read_text()))
    assert said - make_targets() == set()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_link_leads_somewhere(page: Path) -> None:
    needs_repair = []
    for link in (one or other for one, other in _LINK.findall(page.read_text())):
        path, _, anchor = link.partition("#")
        target = page.parent / path if path else page
        if link.startswith("http"):
            continue
        if not target.exists() or (anchor and anchor not in anchors(target)):
            needs_repair.append(link)
    assert needs_repair == []


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_file_that_is_named_exists(page: Path) -> None:
    named = re.findall(
        r"`((?:router|emulator|samples|demo|bench|docs|tests)/[\w./-]+)`", page.read_text()
    )
    assert [name for name in named if not (ROOT / name).exists()] == []
