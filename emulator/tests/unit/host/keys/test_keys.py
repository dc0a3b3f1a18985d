"""The scopes of keys and the mandatory keys of a site."""

from emulator.host.keys.keys import DURABLE, HOST, Keys, complete, is_one_of

KEYS = Keys(
    master="m",
    functions={"default": "h1", "extra": "h2"},
    systems={DURABLE: "d", "other_extension": "o"},
    own={"start": {"client": "c"}, "release": {"ops": "p"}},
)


def test_function_accepts_own_host_and_master_keys() -> None:
    assert KEYS.opening("function", "Start") == (b"c", b"h1", b"h2", b"m")
    assert KEYS.opening("function", "unknown") == (b"h1", b"h2", b"m")


def test_admin_function_accepts_only_the_master_key() -> None:
    assert KEYS.opening("admin", "start") == (b"m",)


def test_extension_accepts_system_and_master_keys() -> None:
    assert KEYS.opening_extension() == (b"d", b"m")


def test_site_without_keys_accepts_none() -> None:
    empty = Keys()
    assert empty.opening("function", "x") == ()
    assert empty.opening_admin() == empty.opening_extension() == ()
    assert not is_one_of("", empty.opening_admin())


def test_only_the_exact_key_matches() -> None:
    assert is_one_of("h2", (b"h1", b"h2"))
    assert not is_one_of("H2", (b"h1", b"h2"))
    assert not is_one_of("h", (b"h1", b"h2"))
    assert not is_one_of("\udcff", (b"h1",))


def test_missing_keys_are_generated_and_others_kept() -> None:
    stored = {"masterKey": "m", "functionKeys": {"mine": "x"}, "systemKeys": {"other": "y"}}
    completed = complete(HOST)(stored)
    made = completed["systemKeys"].pop(DURABLE)
    assert completed == stored
    assert len(made) == 54
    assert complete("start")({"keys": {"client": "c"}}) == {"keys": {"client": "c"}}


def test_generated_keys_differ() -> None:
    made = complete(HOST)({})
    keys = [made["masterKey"], *made["functionKeys"].values(), *made["systemKeys"].values()]
    assert (len(keys), len(set(keys))) == (3, 3)
    assert list(complete("start")({})["keys"]) == ["default"]
