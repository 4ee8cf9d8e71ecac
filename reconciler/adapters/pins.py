"""That a token belongs to the organisation a connection was made with, checked whenever a token is new.

The same app and user can come to stand for another organisation: a sandbox is refreshed, a consent is given for a
second company, credentials are mixed up.  Links and agreed values would then meet records they know nothing of.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from reconciler.adapters.failures import describe, unreachable
from reconciler.adapters.origin import is_loopback
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable
from reconciler.tokens import Token

SHORT = 15  # an id's 15 characters say all; the other three guard its letter case


class SalesforcePin:
    """The organisation's id is in the identity address that comes with each token."""

    def __init__(self, organisation: str) -> None:
        self.organisation = organisation

    def check(self, token: Token) -> bool:
        told = organisation_of(token.identity)
        if told[:SHORT] != self.organisation[:SHORT]:
            raise _another(Side.SALESFORCE, self.organisation, told)
        return True


class XeroPin:
    """The organisations behind a token are listed by /connections, which costs none of an organisation's calls."""

    def __init__(self, organisation: str, api: str, timeout: tuple[float, float]) -> None:
        self.organisation, self._url, self._timeout = organisation, f"{api}/connections", timeout
        self._session = requests.Session()
        self._session.trust_env = not is_loopback(urlsplit(api).hostname or "")

    def check(self, token: Token) -> bool:
        headers = {"Authorization": f"Bearer {token.access}", "Accept": "application/json"}
        try:
            answer = self._session.get(self._url, headers=headers, timeout=self._timeout, allow_redirects=False)
            listed = answer.json() if answer.status_code == 200 else None
        except (requests.RequestException, OSError) as error:
            raise unreachable(Side.XERO, error, write=False) from None
        if answer.status_code == 401:
            return False
        if not isinstance(listed, list):
            said = describe(answer.status_code)
            raise Unavailable(f"Xero does not say whose token that is ({said}).", side=Side.XERO)
        ids = [str(one.get("tenantId")) for one in listed if isinstance(one, dict)]
        if self.organisation.lower() not in {one.lower() for one in ids}:
            raise _another(Side.XERO, self.organisation, ", ".join(ids))
        return True


def organisation_of(identity: str) -> str:
    """The organisation in Salesforce's identity address, https://host/id/ORGANISATION/USER; "" when it has none."""
    parts = identity.split("/")
    return parts[-2] if len(parts) >= 3 and parts[-3] == "id" else ""


def _another(side: Side, wanted: str, told: str) -> Denied:
    name = side.name.title()
    return Denied(
        f"Another organisation is behind this sign-in: {name} answers for {told or 'none'}, not for {wanted}.",
        remedy="Sign in to the organisation that was connected, or make a new connection for the other one.",
        side=side,
    )
