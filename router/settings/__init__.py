"""The router's settings: read once from the environment, and validated."""

from router.settings.setting import name_of
from router.settings.settings import Settings, SettingsInvalid

__all__ = ["Settings", "SettingsInvalid", "name_of"]
