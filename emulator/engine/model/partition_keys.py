"""The control queue and the table keys of an instance.

The escapes are those of DurableTask.AzureStorage, in its order: `^` is escaped first.
"""

_OFFSET_BASIS = 2166136261
_PRIME = 16777619
_ESCAPES = (("^", "^^"), ("/", "^0"), ("\\", "^1"), ("#", "^2"), ("?", "^3"))
_UNESCAPES = {"^": "^", "0": "/", "1": "\\", "2": "#", "3": "?"}


def fnv1a(text: str) -> int:
    """Return the 32-bit FNV-1a hash of the text's UTF-8 bytes."""
    value = _OFFSET_BASIS
    for byte in text.encode():
        value = ((value ^ byte) * _PRIME) & 0xFFFFFFFF
    return value


def partition_number(instance_id: str, partition_count: int) -> int:
    """Return the number of the control queue that receives an instance's messages."""
    return fnv1a(instance_id) % partition_count


def partition_key(instance_id: str) -> str:
    """Return the instance id as the PartitionKey of a table."""
    for plain, escaped in _ESCAPES:
        instance_id = instance_id.replace(plain, escaped)
    return instance_id


def instance_id_of(key: str) -> str:
    """Return the instance id that a PartitionKey encodes."""
    parts = iter(key)
    return "".join(_UNESCAPES.get(next(parts, ""), "") if c == "^" else c for c in parts)


def row_key(sequence: int) -> str:
    """Return the RowKey of the history event with this ordinal."""
    return f"{sequence:016X}"
