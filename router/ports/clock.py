"""The port to the time."""

from collections.abc import Callable
from datetime import datetime

Monotonic = Callable[[], float]
"""A clock in seconds that never goes backwards."""

Clock = Callable[[], datetime]
"""The current time in UTC."""
