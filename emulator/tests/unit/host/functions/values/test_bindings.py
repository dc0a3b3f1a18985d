"""A function's results are assigned to its output bindings."""

from emulator.host.functions.values.bindings import Output, outputs_of


def test_outputs_have_names_and_the_result_its_own() -> None:
    out = {"kind": "string", "base64": "YQ=="}
    answer = {"kind": "json", "outputs": {"a": out, "none": {"kind": None, "base64": ""}}}
    found = outputs_of(answer, b"[]")
    assert found == {"a": Output("string", b"a"), "$return": Output("json", b"[]")}
    assert outputs_of({"kind": "http"}, b"") == {}
