"""What each key opens, and which keys a site must have."""

from emulator.host.keys.keys import DURABLE, HOST, Keys, complete, is_one_of

KEYS = Keys(
    master="m",
    functions={"default": "h1", "extra": "h2"},
    systems={DURABLE: "d", "other_extension": "o"},
    own={"start": {"client": "c"}, "release": {"ops": "p"}},
)


def test_a_function_opens_to_its_own_keys_the_host_s_and_the_master() -> None:
    assert KEYS.opening("function", "Start") == (b"c", b"h1", b"h2", b"m")
    assert KEYS.opening("function", "unknown") == (b"h1", b"h2", b"m")


def test_an_admin_function_opens_to_the_master_alone() -> None:
    assert KEYS.opening("admin", "start") == (b"m",)


def test_the_extension_opens_to_its_system_key_and_the_master() -> None:
    assert KEYS.opening_extension() == (b"d", b"m")


def test_a_site_without_keys_opens_to_nothing() -> None:
    empty = Keys()
    assert empty.opening("function", "x") == ()
    assert empty.opening_admin() == empty.opening_extension() == ()
    assert not is_one_of("", empty.opening_admin())


def test_only_the_very_key_is_one_of_them() -> None:
    assert is_one_of("h2", (b"h1", b"h2"))
    assert not is_one_of("H2", (b"h1", b"h2"))
    assert not is_one_of("h", (b"h1", b"h2"))
    assert not is_one_of("\udcff", (b"h1",))


def test_keys_that_are_there_stay_and_missing_ones_are_made() -> None:
    stored = {"masterKey": "m", "functionKeys": {"mine": "x"}, "systemKeys": {"other": "y"}}
    completed = complete(HOST)(stored)
    made = completed["systemKeys"].pop(DURABLE)
    assert completed == stored
    assert len(made) == 54
    assert complete("start")({"keys": {"client": "c"}}) == {"keys": {"client": "c"}}


def test_made_keys_differ() -> None:
    made = complete(HOST)({})
    keys = [made["masterKey"], *made["functionKeys"].values(), *made["systemKeys"].values()]
    assert (len(keys), len(set(keys))) == (3, 3)
    assert list(complete("start")({})["keys"]) == ["default"]
