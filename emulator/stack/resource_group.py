"""The resource group of the local run, which the router expects to exist when it starts."""

import aiohttp

from emulator.arm.policies.identity import AUDIENCE
from emulator.stack.readiness import NotReadyError
from emulator.stack.router_settings import Home

_TIMEOUT = aiohttp.ClientTimeout(total=60)


async def create(arm_url: str, identity_header: str, home: Home) -> None:
    """Create the group through the control plane. Raises NotReadyError if that fails."""
    try:
        await _create(arm_url, identity_header, home)
    except (aiohttp.ClientError, TimeoutError) as error:
        raise NotReadyError(f"The control plane did not start: {error!r}") from error


async def _create(arm_url: str, identity_header: str, home: Home) -> None:
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
