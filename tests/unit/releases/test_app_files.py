"""A package is an app in one of the two programming models, and warned of what Azure skips."""

import pytest

from router.releases.app_files import problems, warnings

V1 = {"host.json", "Flow/function.json", "Flow/__init__.py"}
V2 = {"host.json", "function_app.py"}
DURABLE = "azure-functions-durable\n"


def test_either_programming_model_is_an_app() -> None:
    assert list(problems(V1)) == []
    assert list(problems(V2)) == []
    assert list(problems(V1 | V2)) == []


@pytest.mark.parametrize(
    "other", ["function.json", "a/b/function.json", "Flow/Function.json", "Function_App.py"]
)
def test_files_elsewhere_or_in_another_case_do_not_count(other: str) -> None:
    (found,) = problems({"host.json", other})
    assert found.startswith("function_app.py is missing at the top level")


def test_the_other_model_beside_the_script_is_a_warning() -> None:
    found = list(warnings(V1 | V2, DURABLE, bundle=True))
    assert found == [
        "The function.json files are not read, because the package has function_app.py."
    ]


def test_app_with_all_that_azure_needs_has_no_warnings() -> None:
    for names in (V1, V2):
        assert list(warnings(names, DURABLE, bundle=True)) == []


def test_settings_that_azure_does_not_read_are_a_warning() -> None:
    (found,) = warnings(V2 | {"local.settings.json"}, DURABLE, bundle=True)
    assert "ROUTER_LINE_SETTINGS" in found


def test_missing_bundle_is_a_warning_unless_built_in() -> None:
    (found,) = warnings(V2, DURABLE, bundle=False)
    assert "does not know orchestrationTrigger" in found
    assert list(warnings(V2 | {"bin/extensions.json"}, DURABLE, bundle=False)) == []


@pytest.mark.parametrize("listed", [None, "", "azure-functions\n# azure-functions-durable\n"])
def test_sdk_that_nothing_installs_is_a_warning(listed: str | None) -> None:
    (found,) = warnings(V2, listed, bundle=True)
    assert "azure-functions-durable" in found
    built = V2 | {".python_packages/lib/site-packages/azure/durable_functions/__init__.py"}
    assert list(warnings(built, listed, bundle=True)) == []


@pytest.mark.parametrize(
    "listed",
    [
        "requests\nazure_functions.durable[x]>=1.7 ; python_version>'3'",
        "Azure-Functions-Durable==1.7.0  # the SDK",
        "-r more.txt",
        "--index-url https://host/simple",
        "./wheels/ours.whl",
        "ours @ https://host/ours.whl",
    ],
)
def test_sdk_that_may_be_installed_is_no_warning(listed: str) -> None:
    assert list(warnings(V2, listed, bundle=True)) == []
