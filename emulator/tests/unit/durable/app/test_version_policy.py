"""Versions that a host runs, fails or leaves pending."""

import json
from pathlib import Path

import pytest

from emulator.durable.app.version_policy import VersionPolicy, compare

RECORDED = json.loads((Path(__file__).parents[3] / "conformance/versions.json").read_text())
HOSTS = {
    "no defaultVersion": VersionPolicy(),
    "defaultVersion 1.0": VersionPolicy("1.0"),
    "defaultVersion 1.0, Strict, Fail": VersionPolicy("1.0", "Strict", "Fail"),
    "defaultVersion 1.0, None": VersionPolicy("1.0", "None"),
    "defaultVersion 1.0, CurrentOrOlder, Fail": VersionPolicy("1.0", "CurrentOrOlder", "Fail"),
}
STARTS = [entry for entry in RECORDED if "startedWith" in entry]


@pytest.mark.parametrize("entry", STARTS, ids=lambda e: f"{e['host']}: {e['startedWith']}")
def test_start_runs_fails_or_waits_as_recorded(entry: dict[str, str]) -> None:
    policy = HOSTS[entry["host"]]
    started = entry["startedWith"]
    mismatch = policy.mismatch(policy.default if started is None else started)
    if entry["runtimeStatus"] == "Pending":
        assert mismatch is not None
        assert mismatch.rejected
    elif str(entry["output"]).startswith("VersionMismatch"):
        assert mismatch is not None
        assert not mismatch.rejected
    else:
        assert mismatch is None


@pytest.mark.parametrize(
    ("lower", "higher"),
    [
        ("", "0.1"),
        ("1.2", "1.10"),
        ("1.2", "1.2.0"),
        ("1.2", "1.2.3"),
        ("10", "9"),
        ("v1.10", "v1.9"),
        ("1.0", "abc"),
        ("1.2.3.4", "1.2.3.5"),
    ],
)
def test_versions_are_ordered_like_in_dotnet(lower: str, higher: str) -> None:
    assert (compare(lower, higher), compare(higher, lower)) == (-1, 1)


@pytest.mark.parametrize(("one", "other"), [("", " "), ("1.0", "1.0"), ("1.0", "1.00"), ("A", "a")])
def test_equal_versions(one: str, other: str) -> None:
    assert compare(one, other) == 0


def test_running_instance_continues_only_after_upgrade() -> None:
    assert VersionPolicy("1.1").accepts("1.0")
    assert not VersionPolicy("0.9").accepts("1.0")
