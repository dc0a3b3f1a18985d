"""Management URLs of instances."""

from emulator.durable.api.exchange.links import Links


def test_ids_in_links_are_escaped_like_in_dotnet() -> None:
    links = Links("http://h/b", "Hub", "Storage", "KEY").of("a b/~#?ä!*()@")
    assert links["id"] == "a b/~#?ä!*()@"
    assert links["statusQueryGetUri"] == (
        "http://h/b/instances/a+b%2F%7E%23%3F%C3%A4!*()%40?taskHub=Hub&connection=Storage&code=KEY"
    )
    assert "rewindPostUri" not in links
