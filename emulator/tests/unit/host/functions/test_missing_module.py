"""An app whose module is missing here gets to know that Azure would have installed it."""

from emulator.host.functions.missing_module import advice


def test_advice_names_the_module_and_the_way_to_have_it() -> None:
    found = advice("ModuleNotFoundError: No module named 'stripe.api'. Cannot find module. …")
    assert found is not None
    assert "stripe.api" in found
    assert "LOCAL_BUILD=1" in found


def test_other_problems_need_no_advice() -> None:
    assert advice("SyntaxError: No module named 'x'") is None
    assert advice("ImportError: cannot import name 'x' from 'y'") is None
