"""The caller's trace context is passed on if it is well-formed."""

import pytest

from router.domain.texts.trace import trace_of

PARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_valid_headers_are_kept_and_no_others() -> None:
    sent = {"traceparent": PARENT, "tracestate": "a=b,c=d", "x-functions-key": "secret"}
    assert trace_of(sent) == {"traceparent": PARENT, "tracestate": "a=b,c=d"}


@pytest.mark.parametrize("parent", ["", "00-1-2-01", PARENT + "\n", PARENT.upper(), "é" + PARENT])
def test_malformed_parent_is_left_out_with_its_state(parent: str) -> None:
    assert trace_of({"traceparent": parent, "tracestate": "a=b"}) == {}


@pytest.mark.parametrize("state", ["", "a=é", "x" * 513])
def test_malformed_state_is_left_out(state: str) -> None:
    assert trace_of({"traceparent": PARENT, "tracestate": state}) == {"traceparent": PARENT}
