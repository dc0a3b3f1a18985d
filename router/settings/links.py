"""The settings of the URLs that callers are given."""

from dataclasses import dataclass

from router.settings.parsers import boolean, optional_url, seconds, secrets
from router.settings.setting import setting

_DAY = 86400.0


@dataclass(frozen=True, kw_only=True, repr=False)
class LinkSettings:
    """The URLs that callers are given."""

    link_secrets: tuple[str, ...] = setting(
        secrets,
        "Secrets for signing management URLs, separated by commas. The first one signs; all of "
        "them are accepted.",
        secret=True,
    )
    link_valid_seconds: float = setting(
        seconds(1, 3650 * _DAY), "Validity of a management URL.", 30 * _DAY, unit="s"
    )
    public_url: str = setting(
        optional_url,
        "Address at which callers reach the router through a gateway, without `/api`. All URLs "
        "that the router returns begin with it.",
        "",
    )
    trust_forwarded: bool = setting(
        boolean,
        "Whether the router takes that address from `X-Forwarded-Host` and `X-Forwarded-Proto`. "
        "Set it only where a gateway sets or removes these headers.",
        default=False,
    )
