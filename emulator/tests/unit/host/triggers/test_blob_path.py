"""Paths of blob triggers."""

import pytest

from emulator.host.triggers.blob_path import parse


@pytest.mark.parametrize(
    ("path", "blob", "expected"),
    [
        ("box", "any/name", {}),
        ("box/{name}", "a/b.txt", {"name": "a/b.txt"}),
        ("box/in/{name}.txt", "in/a.txt", {"name": "a"}),
        ("box/in/{name}.txt", "out/a.txt", None),
        ("box/{stem}.{extension}", "a.b.c", {"stem": "a", "extension": "b.c"}),
        ("box/fixed.json", "fixed.json", {}),
        ("box/fixed.json", "fixedxjson", None),
    ],
)
def test_path_matches_names(path: str, blob: str, expected: dict[str, str] | None) -> None:
    parsed = parse(path)
    assert (parsed.container, parsed.match(blob)) == ("box", expected)


def test_prefix_is_what_precedes_the_first_name() -> None:
    assert [parse(path).prefix for path in ("box", "box/{n}", "box/in/{n}")] == ["", "", "in/"]
