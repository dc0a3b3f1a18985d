"""A local build is asked for by a setting, and directed by the user's own variables of pip."""

from emulator.processes.local_build import ASKED, is_asked, variables


def test_variables_of_pip_are_passed_on_to_a_build() -> None:
    given = {ASKED: "1", "PIP_INDEX_URL": "https://index", "https_proxy": "p", "PATH": "/bin"}
    assert variables(given) == {ASKED: "1", "PIP_INDEX_URL": "https://index", "https_proxy": "p"}


def test_nothing_is_passed_on_without_a_build() -> None:
    for given in ({}, {ASKED: "0"}, {"PIP_INDEX_URL": "https://index"}):
        assert not is_asked(given)
        assert variables(given) == {}
