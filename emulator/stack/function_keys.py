"""The keys of the router's functions, set as an operator of a function app would set them.

Functions named `client_…` get a key named `client` and functions named `ops_…` one named `ops`.
The host key `default` grants access to all of them.
"""

import secrets
from dataclasses import asdict, dataclass
from pathlib import Path

from emulator.processes.private_files import read_json, write_json
from emulator.stack.host_admin import HostAdmin


@dataclass(frozen=True, slots=True, repr=False)
class RouterKeys:
    """The values of the keys and the secret that signs links."""

    client: str
    ops: str
    host: str
    links: str


def load(file: Path) -> RouterKeys:
    """Return the keys of a state directory, which are generated on first use."""
    if not file.exists():
        made = RouterKeys(*(secrets.token_urlsafe(32) for _ in range(4)))
        write_json(file, asdict(made))
    return RouterKeys(**read_json(file))


async def set_keys(admin: HostAdmin, keys: RouterKeys) -> None:
    """Set the keys of the router's running host."""
    await admin.set_host_key("default", keys.host)
    for function in await admin.functions():
        kind = function.partition("_")[0]
        if value := {"client": keys.client, "ops": keys.ops}.get(kind):
            await admin.set_function_key(function, kind, value)
