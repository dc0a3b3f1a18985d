"""The filters of resource lists."""

import pytest

from emulator.arm.errors import ArmError
from emulator.arm.resources.listing import matches, parse

SITE = {"name": "Orders", "type": "Microsoft.Web/sites", "tags": {"Line": "1.0", "who": "o'neil"}}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", True),
        ("tagName eq 'line'", True),
        ("tagName eq 'line' and tagValue eq '1.0'", True),
        ("tagname EQ 'LINE' AND tagvalue eq '1.1'", False),
        ("tagName eq 'other'", False),
        ("tagName eq 'who' and tagValue eq 'o''neil'", True),
        ("resourceType eq 'microsoft.web/SITES'", True),
        ("resourceType eq 'Microsoft.Web/serverfarms'", False),
        ("name eq 'orders' and resourceType eq 'Microsoft.Web/sites'", True),
    ],
)
def test_filter_selects_matching_resources(text: str, expected: bool) -> None:
    assert matches(SITE, parse(text)) is expected


@pytest.mark.parametrize(
    "text",
    [
        "tagValue eq '1.0'",
        "tagName eq 'line' or tagName eq 'other'",
        "tagName eq 'line' and resourceType eq 'Microsoft.Web/sites'",
        "colour eq 'red'",
        "nonsense",
    ],
)
def test_unsupported_filter_is_rejected(text: str) -> None:
    with pytest.raises(ArmError) as raised:
        parse(text)
    assert (raised.value.status, raised.value.code) == (400, "InvalidFilterInQueryString")
