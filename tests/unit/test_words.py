"""The project is written in the standard terms of docs/concepts.md and in plain English.

Each banned word comes with its replacement, which a failure prints. Words are found in prose and
as parts of names alike.
"""

import ast
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

ROOT = Path(__file__).parents[2]
SCANNED = {".py", ".md", ".toml", ".yml", ".yaml", ".svg", ".example"}
# This list, and recordings of the real services with the apps that produced them.
EXEMPT = ("tests/unit/test_words.py", "harness/recordings/", "emulator/tests/conformance/")

_WORDS = {
    # the router's terms
    "mend(s|ed|ing)?": "repair, or fix",
    "tend(s|ed|ing)?": "supervise",
    "sweep(s|ing)?|swept": "purge (rows), or clean up",
    "witness(es)?": "blocker",
    "laps?": "tick",
    "glances?": "poll, or check",
    "pictures?": "snapshot",
    "gave back|give back|gives back": "release",
    "(give|gives|gave|giving|given) way": "evict",
    r"(?<![`\"])proofs?": "teardown report",
    r"(?<=\.)rejects|rejects(?= ?[=:])": "failed releases",
    "PlatformFull": "QuotaExceeded",
    "PASSING": "TRANSIENT_ERRORS",
    "withdraw(s|n|ing|(al)s?)?(?<!id-withdrawn)": "cancel",
    "defects?": "bug",
    "scenes?|story|stories": "environment, harness or scenario",
    # verbs of saying and looking
    "told|tells?|telling": "describe, record, report or map",
    "said": "record, or describe",
    "(takes?|took|taking|(?<!to )have|has) a look|looks? after|(?<=def )look|one look": "check",
    # English that reads as translated
    "anew": "again",
    "by (itself|themselves)": "automatically, or on its own",
    "(go|goes|going|went|gone) on": "continue, or resume",
    "(was|were|is) quicker": "lost the race",
    "for ever": "forever, or indefinitely",
    "amid": "during, or with",
    "meanwhile": "in the meantime, or while …",
    "thereby": "which",
    "for people": "readable",
    "nobody": "no one, or a passive",
    "somebody": "another process, or a passive",
    "it may be that": "may",
    "in vain": "without success",
    "for good": "permanently",
    "not good": "invalid",
    "deaths?": "crash",
    "foreign": "external, or Azure's",
    "knows (nothing|neither|no|not)": "drop it: import-linter enforces it",
}
_BANNED = [
    (re.compile(rf"(?<![A-Za-z])(?:{word})(?![A-Za-z])", re.IGNORECASE), replacement)
    for word, replacement in _WORDS.items()
]
_ANY = re.compile("|".join(pattern.pattern for pattern, _ in _BANNED), re.IGNORECASE)
_DOCSTRINGS = [
    (re.compile(r"(What|Who|Why|How|Whether)\b"), "start with a verb, such as 'Return whether'"),
    (re.compile(r"[^`]*;\s"), "write two sentences instead of a semicolon"),
]


class Finding(NamedTuple):
    """A phrase to replace."""

    file: str
    line: int
    phrase: str
    replacement: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.phrase!r} → {self.replacement}"


def files() -> list[str]:
    listed = subprocess.run(
        ("git", "ls-files", "-z"), cwd=ROOT, check=True, capture_output=True, text=True
    )
    return [
        name
        for name in listed.stdout.split("\0")
        if (Path(name).suffix in SCANNED or Path(name).name in ("Makefile", "run"))
        and not name.startswith(EXEMPT)
        and (ROOT / name).exists()
    ]


def banned_words(file: str, text: str) -> Iterator[Finding]:
    for number, line in enumerate(text.splitlines(), start=1):
        for pattern, replacement in _BANNED if _ANY.search(line) else ():
            for match in pattern.finditer(line):
                yield Finding(file, number, match[0], replacement)


def bad_docstrings(file: str, text: str) -> Iterator[Finding]:
    for node in ast.walk(ast.parse(text)):
        if not isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        docstring = ast.get_docstring(node) or ""
        for pattern, replacement in _DOCSTRINGS:
            if match := pattern.match(docstring):
                yield Finding(file, node.body[0].lineno, match[0][-40:], replacement)


def findings(file: str, text: str) -> list[Finding]:
    found = [*banned_words(file, text), *banned_words(file, Path(file).stem)]
    return [*found, *bad_docstrings(file, text)] if file.endswith(".py") else found


def test_banned_words_do_not_come_back() -> None:
    found = [finding for name in files() for finding in findings(name, (ROOT / name).read_text())]
    assert not found, "\n".join(map(str, ["", *found]))


@pytest.mark.parametrize(
    "text",
    ["mend_line()", "# it goes on", "# Who tells it?", "def look(): ...", "'Whether.'", "'A; b.'"],
)
def test_banned_word_is_found(text: str) -> None:
    assert findings("file.py", text)


@pytest.mark.parametrize("text", ["recommend", "lapse()", "look_up()", '"id-withdrawn"', "pretend"])
def test_other_word_is_not_found(text: str) -> None:
    assert not findings("file.py", text)
