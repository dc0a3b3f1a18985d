"""A measurement that could not be made."""


class MeasurementError(Exception):
    """The measured event did not happen. The text describes what happened instead."""
