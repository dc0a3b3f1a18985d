"""Azure replaces an answer with a header that is not ASCII by a 500."""

import json

import azure.functions as func
import pytest

from router.domain.errors import RouterError
from router.http.responses import answer_json, empty, problem

LOCATION = "https://router.test/api/x/münchen?a=1&b=%20€"
ENCODED = "https://router.test/api/x/m%C3%BCnchen?a=1&b=%20%E2%82%AC"


@pytest.mark.parametrize(
    "answer",
    [
        answer_json({}, 202, {"Location": LOCATION}),
        empty(202, {"Location": LOCATION}),
        problem(RouterError(409, "wrong-state", "no", line=LOCATION)),
    ],
)
def test_headers_are_ascii_and_percent_encoded(answer: func.HttpResponse) -> None:
    assert list(answer.headers.values()) == [ENCODED]


def test_stored_text_with_a_lone_surrogate_can_be_shown() -> None:
    body = answer_json({"input": "smile \ud83d é"}).get_body()
    assert json.loads(body) == {"input": "smile \ud83d é"}
