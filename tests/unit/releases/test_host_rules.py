"""A host.json that no Functions host accepts is a problem, and so is an old extension bundle."""

from typing import Any

import pytest

from router.releases.host_rules import has_bundle, problems

ID = "Microsoft.Azure.Functions.ExtensionBundle"


def with_bundle(version: Any) -> dict[str, Any]:
    return {"version": "2.0", "extensionBundle": {"id": ID, "version": version}}


@pytest.mark.parametrize("document", [{"a": 1}, {"version": ""}, {"Version": "2.0"}])
def test_missing_version_is_a_problem(document: dict[str, Any]) -> None:
    assert list(problems(document)) == ['host.json lacks the required "version": "2.0"']


@pytest.mark.parametrize("version", ["3.0", "4", "1.0", 2, 2.0, ["2.0"]])
def test_other_version_is_a_problem(version: Any) -> None:
    (found,) = problems({"version": version})
    assert found == f'host.json has version {version!r}, and the host accepts only "2.0"'


@pytest.mark.parametrize(
    "version",
    [
        *("[4.*, 5.0.0)", "[4.0.0,5.0.0)", "[4.*,)", "[4.26.0, 5.0.0)", " (3.*, 5.*] "),
        *("[3.3.0, 4.0.0]", "[4.2.0]", "4.*", "3.0.0", "[3.*, 4.1.0)", "(, 5.0)", "[2.*, 4.*]"),
    ],
)
def test_bundle_that_includes_version_4_is_accepted(version: str) -> None:
    assert list(problems(with_bundle(version))) == []
    assert has_bundle({"ExtensionBundle": {"ID": ID, "Version": version}})


@pytest.mark.parametrize(
    "version",
    [
        *("[1.*, 2.0.0)", "[2.*, 3.0.0)", "[3.*, 4.0.0)", "[3.3.0,4.0.0)", "[3.0.0, 4)"),
        *("[5.*, 6.0.0)", "[2.0.0]", "3.*", "5.0.0", "(, 4.0.0)", "[3.*, 4.*)"),
    ],
)
def test_bundle_without_version_4_is_a_problem(version: str) -> None:
    (found,) = problems(with_bundle(version))
    assert f"is {version!r}, which includes no 4.x" in found


@pytest.mark.parametrize("version", [None, "", 4, "latest", "[4.*", "4.*, 5.0.0", "[a, b)", "[]"])
def test_bundle_whose_version_is_no_range_is_a_problem(version: Any) -> None:
    (found,) = problems(with_bundle(version))
    assert found.startswith("host.json: the version of extensionBundle is missing or invalid.")


@pytest.mark.parametrize("bundle", [{}, [], "x", {"id": "a b", "version": "[4.*"}])
def test_bundle_without_an_id_is_a_problem(bundle: Any) -> None:
    first, _ = problems({"version": "2.0", "extensionBundle": bundle})
    assert first == "host.json: the id of extensionBundle is missing or invalid"


def test_missing_bundle_is_no_problem() -> None:
    assert list(problems({"version": "2.0"})) == []
    assert not has_bundle({"version": "2.0"})
