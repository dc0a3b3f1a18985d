"""The levels of keys."""

from emulator.host.keys.keys import DURABLE, Keys, Level, new_key

KEYS = Keys(
    master="m",
    functions={"default": "h1", "extra": "h2"},
    systems={DURABLE: "d", "other_extension": "o"},
    own={"start": {"client": "c"}, "release": {"ops": "p"}},
)


def test_each_key_has_its_level() -> None:
    levels = {key: KEYS.level(key, "Start") for key in ("m", "d", "o", "h1", "h2", "c", "p", "x")}
    assert levels == {
        "m": Level.MASTER,
        "d": Level.EXTENSION,
        "o": Level.SYSTEM,
        "h1": Level.FUNCTION,
        "h2": Level.FUNCTION,
        "c": Level.FUNCTION,
        "p": None,
        "x": None,
    }


def test_functions_key_counts_only_in_calls_of_the_function() -> None:
    assert KEYS.level("c") is None
    assert KEYS.level("h1") is Level.FUNCTION


def test_only_the_exact_key_matches() -> None:
    assert [KEYS.level(key) for key in ("H2", "h", "", "\udcff")] == [None] * 4


def test_empty_keys_open_nothing() -> None:
    assert Keys(functions={"default": ""}).level("") is None


def test_generated_keys_differ_and_end_as_the_real_ones() -> None:
    keys = {new_key() for _ in range(3)}
    assert (len(keys), {len(key) for key in keys}) == (3, {56})
    assert all(key.endswith("==") for key in keys)
