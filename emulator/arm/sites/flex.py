"""The validation of a Flex Consumption site: its scale, its memory and its app settings."""

from typing import Any

from emulator.arm.errors import AppServiceError

_NOT_ON_FLEX = ("FUNCTIONS_WORKER_RUNTIME", "WEBSITE_RUN_FROM_PACKAGE")
_MEMORY_MB = (512, 2048, 4096)
_SCALE = "ScaleAndConcurrency"


def check_flex(properties: dict[str, Any]) -> None:
    """Raise App Service's error unless the properties have a valid `functionAppConfig`."""
    config = properties.get("functionAppConfig")
    if not config:
        raise _invalid("", "The FunctionAppConfig section was not specified in the request body.")
    scale = config.get("scaleAndConcurrency") or {}
    memory = scale.get("instanceMemoryMB")
    if memory not in _MEMORY_MB:
        raise _invalid(
            f".{_SCALE}.InstanceMemoryMB",
            f"The specified value of instanceMemoryMB ({_shown(memory)}) is not allowed. "
            f"Please set it to one of the allowed values: {','.join(map(str, _MEMORY_MB))}.",
        )
    _check_range("maximumInstanceCount", scale.get("maximumInstanceCount"))
    http = (scale.get("triggers") or {}).get("http")
    if http is not None:
        _check_range("perInstanceConcurrency", http.get("perInstanceConcurrency"))


def check_flex_settings(settings: dict[str, Any]) -> None:
    """Raise App Service's error for settings that are not allowed on Flex Consumption."""
    for name in _NOT_ON_FLEX:
        if name in settings:
            message = (
                f"The following app setting (Site.SiteConfig.AppSettings.{name}) for Flex "
                "Consumption sites is invalid. Please remove or rename it before retrying."
            )
            raise AppServiceError(400, "BadRequest", message, "51021")


def _check_range(name: str, value: Any) -> None:
    if not isinstance(value, int) or not 1 <= value <= 1000:
        raise _invalid(
            f".{_SCALE}",
            f" Invalid{name[0].upper()}{name[1:]} - The specified value of {name} "
            f"({_shown(value)}) is not allowed, the allowed value range is [1, 1000].",
        )


def _invalid(where: str, why: str) -> AppServiceError:
    message = f"Site.FunctionAppConfig{where} is invalid. {why}"
    return AppServiceError(400, "BadRequest", message, "51021")


def _shown(value: Any) -> str:
    return "" if value is None else str(value)
