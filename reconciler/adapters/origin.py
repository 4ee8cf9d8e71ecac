"""Whom Concord may talk to: the vendors over https, and simulators on this machine.

Addresses come from people and from token answers, so each is checked before a socket is opened; anything else could
make the server fetch what an attacker names, with a token in its hand.  Redirects are never followed for the same
reason (see `transport`).
"""

from __future__ import annotations

import ipaddress
import re
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

from reconciler.errors import Usage

# A My Domain host, as Salesforce forms them for production, sandboxes and its kinds of trial organisations.
MY_DOMAIN = re.compile(
    r"[a-z0-9-]+(\.(sandbox|develop|scratch|demo|patch|trailblaze|free))?\.my\.salesforce\.com", re.ASCII
)
XERO_API = "https://api.xero.com"
XERO_IDENTITY = "https://identity.xero.com"
XERO_LOGIN = "https://login.xero.com"


@dataclass(frozen=True, slots=True)
class XeroPlaces:
    """Where Xero's API, its token endpoint and its consent page live: three hosts at Xero, one at a simulator."""

    api: str
    identity: str
    login: str


def salesforce_origin(url: str) -> str:
    """The origin of a Salesforce organisation; raises `Usage` for anything but a My Domain host or this machine."""
    parts = _split(url, "Salesforce")
    if is_loopback(parts.hostname or ""):
        return _loopback_origin(parts)
    host = parts.hostname or ""
    if parts.scheme != "https" or _port(parts) not in {None, 443} or not MY_DOMAIN.fullmatch(host):
        raise Usage(
            f"{host or 'That address'} is not a Salesforce address that Concord may talk to.",
            remedy="Use the organisation's My Domain, https://<name>.my.salesforce.com, as Setup > My Domain shows it.",
        )
    return f"https://{host}"


def xero_places(url: str) -> XeroPlaces:
    """Xero's own hosts, or one simulator on this machine; raises `Usage` for anything else."""
    parts = _split(url, "Xero")
    if is_loopback(parts.hostname or ""):
        origin = _loopback_origin(parts)
        return XeroPlaces(origin, origin, origin)
    if parts.scheme != "https" or _port(parts) not in {None, 443} or parts.hostname != "api.xero.com":
        raise Usage(
            f"{parts.hostname or 'That address'} is not a Xero address that Concord may talk to.",
            remedy=f"Use {XERO_API}.",
        )
    return XeroPlaces(XERO_API, XERO_IDENTITY, XERO_LOGIN)


def is_loopback(host: str) -> bool:
    """Whether a host is this machine, by name or number."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def same_origin(one: str, other: str) -> bool:
    """Whether two addresses lead to the same place; names of this machine count as one.  `other` comes from outside."""
    return "@" not in other and "\\" not in other and _identity(one) == _identity(other)


def _identity(url: str) -> tuple[str, str, int | None]:
    try:
        parts = urlsplit(url)
    except ValueError:
        return "", url, None
    host = (parts.hostname or "").lower()
    default = 443 if parts.scheme == "https" else 80
    return parts.scheme, "localhost" if is_loopback(host) else host, _port(parts) or default


def _split(url: str, side: str) -> SplitResult:
    """Take an address apart; refuse what hides a second address in it."""
    text = url.strip()
    try:
        parts = urlsplit(text if "//" in text else f"https://{text}")
    except ValueError:
        parts = urlsplit("")
    if not parts.hostname or "@" in parts.netloc or parts.path not in {"", "/"} or parts.query or parts.fragment:
        raise Usage(
            f"The address for {side} is not usable.",
            remedy="Write only the scheme and the host, such as https://acme.my.salesforce.com.",
        )
    return parts


def _port(parts: SplitResult) -> int | None:
    try:
        return parts.port
    except ValueError:
        return -1


def _loopback_origin(parts: SplitResult) -> str:
    port = _port(parts)
    if parts.scheme not in {"http", "https"} or port == -1:
        raise Usage("The simulator's address is not usable.", remedy="It looks like http://127.0.0.1:8101.")
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}" + (f":{port}" if port else "")
