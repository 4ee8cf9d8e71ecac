"""Giving a sign-in back: what a person let in at a consent page is ended at the vendor, for this organisation only.

Salesforce ends the grant that a refresh token stands for.  Xero's revocation would end every organisation that the
person has let the app into, so there only the one connection is deleted.
"""

from __future__ import annotations

from urllib.parse import urlsplit

import requests

from reconciler.adapters.auth import Credentials, TokenSource
from reconciler.adapters.failures import SignedOut, describe, unreachable
from reconciler.adapters.grants import RefreshToken, Timeout, TokenEndpoint
from reconciler.adapters.origin import is_loopback, salesforce_origin, xero_places
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable
from reconciler.ports import Clock
from reconciler.tokens import TokenStore


def revoke(
    side: Side, url: str, app: Credentials, store: TokenStore, organisation: str, *, clock: Clock, timeout: Timeout
) -> None:
    """End the sign-in at the vendor; raises what the adapters raise when the vendor did not confirm it."""
    try:
        if side is Side.SALESFORCE:
            origin = salesforce_origin(url)
            endpoint = TokenEndpoint(side, f"{origin}/services/oauth2/token", app, clock=clock, timeout=timeout)
            _salesforce(endpoint, f"{origin}/services/oauth2/revoke", store)
        else:
            places = xero_places(url)
            endpoint = TokenEndpoint(side, f"{places.identity}/connect/token", app, clock=clock, timeout=timeout)
            access = TokenSource(RefreshToken(endpoint), store, clock).get().access
            _xero(f"{places.api}/connections", access, organisation, timeout)
    except SignedOut:
        return  # the vendor ended it before we asked


def _salesforce(endpoint: TokenEndpoint, place: str, store: TokenStore) -> None:
    with store.lock():
        token = store.load()
    if token is None:
        return
    answer = endpoint.post(place, {"token": token.refresh or token.access})
    if answer.status_code not in {200, 400}:  # 400: it knows no such token (any more)
        raise Unavailable(f"Salesforce did not confirm it ({describe(answer.status_code)}).", side=Side.SALESFORCE)


def _xero(place: str, access: str, organisation: str, timeout: Timeout) -> None:
    session = requests.Session()
    session.trust_env = not is_loopback(urlsplit(place).hostname or "")
    session.headers.update({"Authorization": f"Bearer {access}", "Accept": "application/json"})
    try:
        listed = session.get(place, timeout=timeout, allow_redirects=False)
        if listed.status_code != 200:
            raise Denied(f"Xero did not confirm it ({describe(listed.status_code)}).", side=Side.XERO)
        for one in listed.json():
            if str(one.get("tenantId")).lower() == organisation.lower():
                ended = session.delete(f"{place}/{one['id']}", timeout=timeout, allow_redirects=False)
                if ended.status_code not in {204, 404}:
                    raise Denied(f"Xero did not confirm it ({describe(ended.status_code)}).", side=Side.XERO)
    except (requests.RequestException, ValueError, OSError) as error:
        raise unreachable(Side.XERO, error, write=False) from None
