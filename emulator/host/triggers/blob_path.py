"""The path of a blob trigger: a container and a pattern, `orders/{name}.json`."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

_NAME = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class BlobPath:
    """A container and the pattern of the names in it, None for any name."""

    container: str
    pattern: re.Pattern[str] | None
    names: tuple[str, ...]
    prefix: str

    def match(self, blob: str) -> Mapping[str, str] | None:
        """Return the values that the pattern finds in a blob's name, None if it does not match."""
        if self.pattern is None:
            return {}
        found = self.pattern.fullmatch(blob)
        return None if found is None else dict(zip(self.names, found.groups(), strict=True))


def parse(path: str) -> BlobPath:
    """Return the path of a trigger, whose settings have been expanded."""
    container, _, pattern = path.partition("/")
    if not pattern:
        return BlobPath(container, None, (), "")
    parts = _NAME.split(pattern)  # text and names in turns
    last = len(parts) - 1
    expression = "".join(
        re.escape(part) if number % 2 == 0 else ("(.+)" if number == last - 1 else "(.+?)")
        for number, part in enumerate(parts)
    )
    return BlobPath(container, re.compile(expression, re.DOTALL), tuple(parts[1::2]), parts[0])
