"""The router's settings: read once from the environment, and validated."""

from router.settings.settings import Settings, SettingsInvalid, name_of

__all__ = ["Settings", "SettingsInvalid", "name_of"]
