"""A person's consent on the vendor's own page: the address to send the browser to, and the code that it brings back.

Authorization code with PKCE (S256) for both vendors.  Every address is checked before it is used, and a token answer
that names another place is refused: nothing here ever calls where an answer points.
"""

from __future__ import annotations

import base64
import hashlib
import re
import secrets
from urllib.parse import urlencode

from reconciler.adapters.auth import Credentials
from reconciler.adapters.grants import Timeout, TokenEndpoint
from reconciler.adapters.origin import salesforce_origin, xero_places
from reconciler.core.model import Side
from reconciler.errors import Usage
from reconciler.ports import Clock
from reconciler.tokens import Token

# Only what Concord does: the API at any time, for Xero contacts and the reading of who the organisation is.
SCOPES = {
    Side.SALESFORCE: "api refresh_token",
    Side.XERO: "offline_access accounting.contacts accounting.settings.read",
}
CODE = re.compile(r"[A-Za-z0-9._~+/=%!-]{1,2048}", re.ASCII)


def origin(side: Side, url: str) -> str:
    """The address of a side as Concord may use it; raises `Usage` for any other."""
    return salesforce_origin(url) if side is Side.SALESFORCE else xero_places(url).api


def new_verifier() -> str:
    """A PKCE verifier: 43 characters that only we know."""
    return secrets.token_urlsafe(32)


def challenge(verifier: str) -> str:
    """What may be shown of the verifier: its SHA-256 (RFC 7636, S256)."""
    digest = hashlib.sha256(verifier.encode("ascii")).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode("ascii")


def address(side: Side, url: str, client_id: str, *, redirect: str, state: str, verifier: str) -> str:
    """The vendor's consent page for this app, which comes back to `redirect` with `state` and a code."""
    query = {
        "response_type": "code",
        "client_id": client_id,
        "redirect_uri": redirect,
        "scope": SCOPES[side],
        "state": state,
        "code_challenge": challenge(verifier),
        "code_challenge_method": "S256",
    }
    if side is Side.SALESFORCE:
        return f"{salesforce_origin(url)}/services/oauth2/authorize?{urlencode(query)}"
    return f"{xero_places(url).login}/identity/connect/authorize?{urlencode(query)}"


def redeem(
    side: Side, url: str, app: Credentials, *, code: str, redirect: str, verifier: str, clock: Clock, timeout: Timeout
) -> Token:
    """The token for a code; a code works once, so an answer that is lost means asking the person again."""
    if not CODE.fullmatch(code):
        raise Usage("What came back is no code of a consent page.", remedy="Start once more from Concord.")
    if side is Side.SALESFORCE:
        place = f"{salesforce_origin(url)}/services/oauth2/token"
    else:
        place = f"{xero_places(url).identity}/connect/token"
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": redirect, "code_verifier": verifier}
    token = TokenEndpoint(side, place, app, clock=clock, timeout=timeout).ask(form)
    if not token.refresh:
        raise Usage(
            f"{side.name.title()} gave no right to come back later.",
            remedy="Give the app the scope " + ("refresh_token." if side is Side.SALESFORCE else "offline_access."),
        )
    return token
