"""The query of a request as functions get it."""

from emulator.host.kestrel.percent import decoded_value


def parameters(query: str) -> dict[str, str]:
    """Return the values by name.

    Names that differ only in case are one, spelled as the last. Its values are joined by commas.
    Empty values are absent.
    """
    values: dict[str, tuple[str, str]] = {}
    for pair in query.split("&"):
        name, _, value = (decoded_value(text) for text in pair.partition("="))
        known = values.get(name.lower(), ("", ""))[1]
        joined = f"{known},{value}" if known and value else known or value
        values[name.lower()] = name, joined
    return {name: value for name, value in values.values() if value}
