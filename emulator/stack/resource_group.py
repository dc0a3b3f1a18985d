"""The resource group of the local run, made as infrastructure code makes it on Azure.

The router expects its group to be there, so the run makes it before the router starts.
"""

import aiohttp

from emulator.arm.policies.identity import AUDIENCE
from emulator.stack.readiness import NotReadyError
from emulator.stack.router_settings import Home

_TIMEOUT = aiohttp.ClientTimeout(total=60)


async def make(arm_url: str, identity_header: str, home: Home) -> None:
    """Make the group through the control plane; NotReadyError if that does not answer."""
    try:
        await _make(arm_url, identity_header, home)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotReadyError(f"The control plane did not come up: {error!r}") from error


async def _make(arm_url: str, identity_header: str, home: Home) -> None:
    async with aiohttp.ClientSession(arm_url, timeout=_TIMEOUT, raise_for_status=True) as session:
        token = await _token(session, identity_header)
        async with session.put(
            home.group_id,
            params={"api-version": "2025-04-01"},
            json={"location": home.location},
            headers={"Authorization": f"Bearer {token}"},
        ):
            pass


async def _token(session: aiohttp.ClientSession, identity_header: str) -> str:
    query = {"api-version": "2019-08-01", "resource": AUDIENCE}
    headers = {"X-IDENTITY-HEADER": identity_header}
    async with session.get("/msi/token", params=query, headers=headers) as answer:
        return str((await answer.json())["access_token"])
