"""Bodies are read like in .NET."""

import pytest

from emulator.durable.api.exchange import json_body
from emulator.durable.dotnet.json_reader import BadJsonError


@pytest.mark.parametrize("body", ["", " \n"])
def test_body_without_json_is_no_value(body: str) -> None:
    with pytest.raises(BadJsonError, match="Error reading JToken from JsonReader"):
        json_body.parse(body)


def test_body_may_be_lax_json() -> None:
    assert json_body.parse("{'a': [1, ], } // done") == {"a": [1]}
