"""JSON as Newtonsoft reads it: laxer than the standard, and with error texts of its own.

It also takes comments, single quotes, names without quotes, a comma after the last member, NaN and
Infinity. The texts of the rarer errors are similar, not identical.
"""

import re
from typing import Any

MAX_DEPTH = 64
_WORDS = {
    "true": True,
    "false": False,
    "null": None,
    "undefined": None,
    "NaN": float("nan"),
    "Infinity": float("inf"),
    "-Infinity": float("-inf"),
}
_WORD = re.compile("|".join(_WORDS))
_NUMBER = re.compile(r"-?\d+(\.\d*)?([eE][+-]?\d+)?")
_NAME = re.compile(r"[\w$]*")
_BLANKS = re.compile(r"\s*")
_COMMENT = re.compile(r"\s*(//[^\r\n]*|/\*.*?\*/)", re.DOTALL)
_PLAIN_NAME = re.compile(r"[\w$]+")
_ESCAPES = {"b": "\b", "t": "\t", "n": "\n", "f": "\f", "r": "\r"} | {c: c for c in "\\\"'/"}
_ESCAPE = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(.))", re.DOTALL)


class BadJsonError(ValueError):
    """The text is not JSON. The message says where."""


def begins_with_comment(text: str) -> bool:
    """Return True if a comment is the first thing that a reader finds in the text."""
    return _COMMENT.match(text) is not None


def read(text: str) -> Any:
    """Return the only value of a text, without its comments. Raises BadJsonError."""
    reader = _Reader(text)
    value = reader.value()
    reader.end()
    return value


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text
        self._at = 0
        self._path: list[str | int] = []

    def value(self) -> Any:
        self._skip()
        first = self._text[self._at : self._at + 1]
        if first in ("{", "["):
            return self._container(first)
        if first in ('"', "'"):
            return _unescaped(self._quoted())
        if word := _WORD.match(self._text, self._at):
            self._at = word.end()
            return _WORDS[word[0]]
        if number := _NUMBER.match(self._text, self._at):
            self._at = number.end()
            return float(number[0]) if number[1] or number[2] else int(number[0])
        if not first:
            raise self._error("Unexpected end of content while loading JToken.")
        raise self._error(f"Unexpected character encountered while parsing value: {first}.")

    def end(self) -> None:
        self._skip()
        if rest := self._text[self._at : self._at + 1]:
            raise self._error(
                f"Additional text encountered after finished reading JSON content: {rest}."
            )

    def _container(self, first: str) -> Any:
        self._at += 1
        if len(self._path) == MAX_DEPTH:
            raise self._error(f"The reader's MaxDepth of {MAX_DEPTH} has been exceeded.")
        return self._array() if first == "[" else self._object()

    def _array(self) -> list[Any]:
        items: list[Any] = []
        while not self._closed("]"):
            self._path.append(len(items))
            items.append(self.value())
            self._path.pop()
            self._separator("]")
        return items

    def _object(self) -> dict[str, Any]:
        members: dict[str, Any] = {}
        while not self._closed("}"):
            name = self._name()
            self._path.append(name)
            members[name] = self.value()
            self._path.pop()
            self._separator("}")
        return members

    def _name(self) -> str:
        if self._text[self._at : self._at + 1] in ('"', "'"):
            name = _unescaped(self._quoted())
        elif found := _NAME.match(self._text, self._at):
            name, self._at = found[0], found.end()
            if self._at == len(self._text):
                raise self._error("Unexpected end while parsing unquoted property name.")
        self._skip()
        got = self._text[self._at : self._at + 1]
        if got != ":":
            kind = f"Expected ':' but got: {got}." if name else f"Character: {got}."
            raise self._error(f"Invalid character after parsing property name. {kind}")
        self._at += 1
        return name

    def _quoted(self) -> str:
        quote, start = self._text[self._at], self._at + 1
        end = start
        while (character := self._text[end : end + 1]) != quote:
            if not character:
                self._at = end
                raise self._error(f"Unterminated string. Expected delimiter: {quote}.")
            end += 2 if character == "\\" else 1
        self._at = end + 1
        if bad := _bad_escape(self._text[start:end]):
            raise self._error(f"Bad JSON escape sequence: \\{bad}.")
        return self._text[start:end]

    def _closed(self, bracket: str) -> bool:
        self._skip()
        if self._text[self._at : self._at + 1] != bracket:
            return False
        self._at += 1
        return True

    def _separator(self, bracket: str) -> None:
        self._skip()
        got = self._text[self._at : self._at + 1]
        if got == ",":
            self._at += 1
        elif not got:
            raise self._error("Unexpected end of content while loading JToken.")
        elif got != bracket:
            raise self._error(
                f"After parsing a value an unexpected character was encountered: {got}."
            )

    def _skip(self) -> None:
        while comment := _COMMENT.match(self._text, self._at):
            self._at = comment.end()
        if blanks := _BLANKS.match(self._text, self._at):
            self._at = blanks.end()

    def _error(self, what: str) -> BadJsonError:
        before = self._text[: self._at]
        position = self._at - (before.rfind("\n") + 1)
        line = before.count("\n") + 1 if self._at else 0
        path = "".join(map(_step, self._path)).removeprefix(".")
        return BadJsonError(f"{what} Path '{path}', line {line}, position {position}.")


def _step(part: str | int) -> str:
    if isinstance(part, int):
        return f"[{part}]"
    return f".{part}" if _PLAIN_NAME.fullmatch(part) else f"['{part}']"


def _bad_escape(quoted: str) -> str | None:
    for escape in _ESCAPE.finditer(quoted):
        if escape[1] is None and escape[2] not in _ESCAPES:
            return escape[2]
    return None


def _unescaped(quoted: str) -> str:
    return _ESCAPE.sub(
        lambda escape: chr(int(escape[1], 16)) if escape[1] else _ESCAPES[escape[2]], quoted
    )
