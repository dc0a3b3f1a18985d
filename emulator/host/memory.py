"""Gives back the memory that importing an app has left behind.

Some libraries (azure-mgmt-web above all) leave more garbage at import than an app ever uses.
"""

import ctypes
import gc


def release() -> None:
    """Collect garbage, keep what is left out of later collections, return pages to the system."""
    gc.collect()
    gc.freeze()
    try:
        ctypes.CDLL("libc.so.6").malloc_trim(0)
    except (OSError, AttributeError):
        return  # no glibc, nothing to trim
