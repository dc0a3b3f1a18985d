"""The functions that app settings disable: `AzureWebJobs.<name>.Disabled`."""

from collections.abc import Callable, Mapping

_TRUE = ("true", "1")


def by(settings: Mapping[str, str]) -> Callable[[str], bool]:
    """Return the test of whether these app settings disable a function of a given name."""
    set_to = {name.replace("__", ".").lower(): value.lower() for name, value in settings.items()}
    return lambda name: set_to.get(f"azurewebjobs.{name}.disabled".lower()) in _TRUE
