"""Routes of the management API."""

import pytest

from emulator.durable.api import instances, routes


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
def test_unmatched_request_is_not_found(method: str, tail: str) -> None:
    assert routes.route(method, tail) is routes.unknown


@pytest.mark.parametrize(
    ("method", "tail", "handler"),
    [
        ("GET", "instances", instances.list_all),
        ("GET", "Instances/", instances.list_all),
        ("DELETE", "instances", instances.purge_matching),
        ("POST", "makeprimary", routes.make_primary),
    ],
)
def test_routes_without_parameters(method: str, tail: str, handler: object) -> None:
    assert routes.route(method, tail) is handler
