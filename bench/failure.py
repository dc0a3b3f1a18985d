"""A measurement that could not be made."""


class MeasurementFailed(Exception):
    """What should have been measured did not happen; the text says what happened instead."""
