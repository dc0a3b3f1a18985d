"""The known differences from the recorded answers, as the documentation lists them."""

import re
from collections.abc import Collection
from dataclasses import dataclass

from emulator.tests.contract.host.host_process import ROOT

PAGE = ROOT / "docs" / "emulator.md"
SECTION = "\n## Differences from recorded answers of the real host\n"
NAME = re.compile(r"`(\w+/(?:\w+|\*))`")
WHOLE = "/*"


@dataclass(frozen=True)
class Known:
    """The listed differences. Of a section that is listed as a whole, some entries differ."""

    names: frozenset[str]

    def lists(self, name: str) -> bool:
        """Return whether an entry may differ."""
        return name in self.names or name.partition("/")[0] + WHOLE in self.names

    def gone(self, section: str, found: Collection[str]) -> list[str]:
        """Return what is listed of a section without being different any more."""
        listed = {name for name in self.names if name.startswith(f"{section}/")}
        if found:
            listed.discard(section + WHOLE)
        return sorted(listed - set(found))


def known() -> Known:
    """Return what the table in the page's section about the recorded answers lists."""
    section = PAGE.read_text().split(SECTION)[1].split("\n## ")[0]
    rows = [line for line in section.splitlines() if line.startswith("|")]
    return Known(frozenset(name for row in rows for name in NAME.findall(row)))
