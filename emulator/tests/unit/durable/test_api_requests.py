"""Reading requests: routes, queries, bodies, links."""

import pytest

from emulator.durable.api import instances, json_body, routes
from emulator.durable.api.links import Links
from emulator.durable.api.query import Query


@pytest.mark.parametrize(
    ("method", "tail"),
    [
        ("GET", ""),
        ("GET", "nothing/here"),
        ("GET", "orchestrators/event/s11"),
        ("POST", "orchestrators"),
        ("POST", "orchestrators/output_text/has%2Fslash"),
        ("POST", "instances"),
        ("PUT", "instances/i"),
        ("POST", "instances/i/nonsense"),
        ("GET", "instances/i/terminate"),
        ("POST", "instances/i/raiseEvent"),
        ("POST", "entities/counter"),
        ("DELETE", "entities"),
        ("POST", "makeprimary/x"),
    ],
)
def test_what_matches_no_route_is_not_found(method: str, tail: str) -> None:
    assert routes.route(method, tail) is routes.unknown


@pytest.mark.parametrize(
    ("method", "tail", "answer"),
    [
        ("GET", "instances", instances.list_all),
        ("GET", "Instances/", instances.list_all),
        ("DELETE", "instances", instances.purge_matching),
        ("POST", "makeprimary", routes.make_primary),
    ],
)
def test_routes_without_names(method: str, tail: str, answer: object) -> None:
    assert routes.route(method, tail) is answer


def test_queries_are_read_regardless_of_the_case_of_names() -> None:
    query = Query("ShowInput=False&TOP=5&createdTimeFrom=2026-01-02T03:04:05Z&reason=hold+on&x=")
    assert query.flag("showInput", default=True) is False
    assert query.number("top") == 5
    assert str(query.time("createdTimeFrom")) == "2026-01-02 03:04:05+00:00"
    assert query.text("reason") == "hold on"
    assert query.text("x") == ""
    assert query.text("nothing") is None


def test_what_cannot_be_understood_counts_as_not_given() -> None:
    query = Query("top=x&createdTimeFrom=yesterday&showInput=maybe&timeout=soon")
    assert query.number("top") is None
    assert query.time("createdTimeFrom") is None
    assert query.flag("showInput", default=True) is True
    assert query.seconds("timeout") is None


@pytest.mark.parametrize(
    ("text", "statuses"),
    [
        ("runtimeStatus=Running,Failed", ("Running", "Failed")),
        ("runtimeStatus=Running&runtimeStatus=Pending", ("Running", "Pending")),
        ("runtimeStatus=running,nonsense", ()),
        ("runtimeStatus=0,7", ("Running", "Suspended")),
        ("", ()),
    ],
)
def test_statuses_are_matched_in_exact_case(text: str, statuses: tuple[str, ...]) -> None:
    assert Query(text).statuses("runtimeStatus") == statuses


def test_a_time_whose_plus_was_not_escaped_is_understood() -> None:
    written = Query("createdTimeFrom=2026-01-02T03:04:05+01:00").time("createdTimeFrom")
    assert str(written) == "2026-01-02 03:04:05+01:00"


@pytest.mark.parametrize(
    ("body", "what", "place"),
    [
        ("{nope", "Unexpected end while parsing unquoted property name", (1, 5)),
        ("nope", "Unexpected character encountered while parsing value: n", (0, 0)),
        ("", "Error reading JToken from JsonReader", (0, 0)),
        ('{"a": ', "Unexpected end of content while loading JToken", (1, 6)),
        ("[1, ?]", "Unexpected character encountered while parsing value: ?", (1, 4)),
    ],
)
def test_bad_json_is_told_in_the_parsers_words(
    body: str, what: str, place: tuple[int, int]
) -> None:
    with pytest.raises(json_body.BadJsonError) as error:
        json_body.parse(body)
    assert str(error.value) == f"{what}. Path '', line {place[0]}, position {place[1]}."


def test_ids_in_links_are_escaped_as_dotnet_escapes_them() -> None:
    links = Links("http://h/b", "Hub", "Storage", "KEY").of("a b/~#?ä!*()@")
    assert links["id"] == "a b/~#?ä!*()@"
    assert links["statusQueryGetUri"] == (
        "http://h/b/instances/a+b%2F%7E%23%3F%C3%A4!*()%40?taskHub=Hub&connection=Storage&code=KEY"
    )
    assert "rewindPostUri" not in links
