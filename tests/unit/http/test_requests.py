"""Requests are read as Azure passes them on, whose `params` lack what is empty."""

import azure.functions as func
import pytest

from router.domain.errors import Refusal
from router.http.requests import flag, json_text, own_url, parameters
from router.settings import Settings
from tests.fakes.router import SETTINGS

URL = "https://router.test/api/orchestrators/order"
FORWARDED = {"X-Forwarded-Host": "jobs.example.org", "X-Forwarded-Proto": "https"}


def request(query: str = "", body: bytes = b"", **headers: str) -> func.HttpRequest:
    names = {name.replace("_", "-"): value for name, value in headers.items()}
    return func.HttpRequest("POST", URL + query, headers=names, body=body)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("", {}),
        ("?version=", {"version": ""}),
        ("?version", {"version": ""}),
        ("?Version=1.0&b=x%20y+z", {"version": "1.0", "b": "x y z"}),
        ("?A=1&a=2", {"a": "1,2"}),
        ("?version=1.0&VERSION=", {"version": "1.0,"}),
        ("?reason=%FF", {"reason": "\udcff"}),  # not UTF-8, which no text may contain
    ],
)
def test_parameters_are_read_from_the_url(query: str, expected: dict[str, str]) -> None:
    assert parameters(request(query)) == expected


@pytest.mark.parametrize(
    ("query", "shown"),
    [("", True), ("?showinput=", True), ("?SHOWINPUT=False", False), ("?showInput=no", False)],
)
def test_flag_ignores_case_and_has_a_default(query: str, shown: bool) -> None:
    assert flag(parameters(request(query)), "showInput", default=True) is shown


@pytest.mark.parametrize(
    ("settings", "headers", "expected"),
    [
        ({}, {}, "https://router.test/api"),
        ({}, FORWARDED, "https://router.test/api"),
        ({"ROUTER_TRUST_FORWARDED": "true"}, {}, "https://router.test/api"),
        ({"ROUTER_TRUST_FORWARDED": "true"}, FORWARDED, "https://jobs.example.org/api"),
        (
            {"ROUTER_TRUST_FORWARDED": "true"},
            {"X-Forwarded-Host": "a.example:8443, b.example", "X-Forwarded-Proto": "http, https"},
            "http://a.example:8443/api",
        ),
        (
            {"ROUTER_TRUST_FORWARDED": "true"},
            {"X-Forwarded-Host": "a/b@c", "X-Forwarded-Proto": "ftp"},
            "https://router.test/api",
        ),
        (
            {"ROUTER_PUBLIC_URL": "https://jobs.example.org/x/", "ROUTER_TRUST_FORWARDED": "true"},
            FORWARDED | {"X-Forwarded-Host": "other.example"},
            "https://jobs.example.org/x/api",
        ),
    ],
)
def test_own_url_is_the_one_that_callers_use(
    settings: dict[str, str], headers: dict[str, str], expected: str
) -> None:
    sent = func.HttpRequest("GET", URL, headers=headers, body=b"")
    assert own_url(Settings.from_environ(SETTINGS | settings), sent) == expected


@pytest.mark.parametrize(
    ("body", "text"),
    [
        (b"", ""),
        (b" \n", ""),
        (b"\xef\xbb\xbf{}", "{}"),
        ('"é"'.encode(), '"é"'),
        (b"1.10", "1.10"),
    ],
)
def test_body_is_its_json_text(body: bytes, text: str) -> None:
    assert json_text(request(body=body), 100) == text


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"\xff", "bad-body"),
        ('"é"'.encode("utf-16"), "bad-body"),
        (b'"\xed\xa0\x80"', "bad-body"),
        (b"{", "bad-body"),
        (b"[" * 61 + b"]" * 61, "body-too-deep"),
        (b'"' + b"x" * 200 + b'"', "body-too-large"),
    ],
)
def test_other_body_is_refused(body: bytes, code: str) -> None:
    with pytest.raises(Refusal) as refused:
        json_text(request(body=body), 150)
    assert refused.value.code == code
