"""The tokens that the managed identity endpoint issues and the control plane checks.

They are JWTs signed (HS256) with a key that only this process has. Time is an argument.
"""

import base64
import hashlib
import hmac
import json
import secrets
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from emulator.arm.errors import ArmError
from emulator.processes.private_files import read_json, write_json

AUDIENCE = "https://management.azure.com"
LIFETIME_SECONDS = 900
_ISSUER = "https://sts.windows.net/emulator/"


@dataclass(frozen=True, slots=True)
class Secrets:
    """The secret `header` of the identity endpoint's callers and the `key` that signs tokens."""

    header: str
    key: str


def load_secrets(path: Path) -> Secrets:
    """Return the secrets of a state directory, which are generated on first use."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True)
        made = Secrets(header=secrets.token_hex(16), key=secrets.token_hex(32))
        write_json(path, asdict(made))
    return Secrets(**read_json(path))


def issue(key: str, resource: str, client_id: str | None, now: float) -> dict[str, str]:
    """Return the body of a token response, as App Service's identity endpoint (2019-08-01) does."""
    expires = int(now) + LIFETIME_SECONDS
    claims = {
        "aud": resource.rstrip("/"),
        "iss": _ISSUER,
        "iat": int(now),
        "nbf": int(now),
        "exp": expires,
        "appid": client_id,
    }
    return {
        "access_token": _sign(key, claims),
        "expires_on": str(expires),
        "resource": resource,
        "token_type": "Bearer",
        "client_id": client_id or "",
    }


def check(key: str, authorization: str | None, now: float) -> dict[str, Any]:
    """Return the claims of the token in an Authorization header. Raises 401 if it is invalid."""
    scheme, _, token = (authorization or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise _refusal(
            "AuthenticationFailed",
            "Authentication failed. The 'Authorization' header is missing.",
        )
    claims = _verify(key, token)
    if claims is None:
        raise _refusal("InvalidAuthenticationToken", "The access token is invalid.")
    if claims["aud"] != AUDIENCE:
        raise _refusal(
            "InvalidAuthenticationTokenAudience",
            f"The access token has been obtained for wrong audience or resource '{claims['aud']}'.",
        )
    if not claims["nbf"] <= now < claims["exp"]:
        raise _refusal("ExpiredAuthenticationToken", "The access token has expired.")
    return claims


def _refusal(code: str, message: str) -> ArmError:
    challenge = f'Bearer authorization_uri="{_ISSUER}", error="invalid_token"'
    return ArmError(401, code, message, {"WWW-Authenticate": challenge})


def _sign(key: str, claims: dict[str, Any]) -> str:
    head = _encode(json.dumps({"alg": "HS256", "typ": "JWT"}).encode())
    signed = f"{head}.{_encode(json.dumps(claims).encode())}"
    return f"{signed}.{_encode(_mac(key, signed))}"


def _verify(key: str, token: str) -> dict[str, Any] | None:
    signed, _, mac = token.rpartition(".")
    if not hmac.compare_digest(mac.encode(), _encode(_mac(key, signed)).encode()):
        return None
    payload = signed.partition(".")[2]
    padded = payload + "=" * (-len(payload) % 4)
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(padded))
    return claims


def _mac(key: str, text: str) -> bytes:
    return hmac.digest(key.encode(), text.encode(), hashlib.sha256)


def _encode(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()
