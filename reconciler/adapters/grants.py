"""How the vendors are asked for tokens: by the app's own credentials, by a code, by a refresh token.

The one question that matters when a refresh token is exchanged: may the vendor have given a new one?  Salesforce
revokes everything when an old one comes back, so an answer that was lost is looked into before anything is sent again;
Xero takes the old one for another 30 minutes.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import requests

from reconciler.adapters.auth import Credentials
from reconciler.adapters.failures import SignedOut, Unanswered, describe, never_left, unreachable
from reconciler.adapters.origin import is_loopback, same_origin
from reconciler.core.model import Side
from reconciler.errors import Denied, Unavailable
from reconciler.ports import Clock
from reconciler.tokens import Token

Timeout = tuple[float, float]


class TokenEndpoint:
    """One vendor's token endpoint, for one app."""

    def __init__(self, side: Side, url: str, credentials: Credentials, *, clock: Clock, timeout: Timeout) -> None:
        self.side, self.credentials, self.clock, self.timeout = side, credentials, clock, timeout
        self._url = url
        self._session = requests.Session()
        self._session.trust_env = not is_loopback(urlsplit(url).hostname or "")  # no proxy reaches this machine

    def ask(self, form: Mapping[str, str]) -> Token:
        """Exchange the form for a token; `Unanswered` when the vendor may have carried it out all the same."""
        response = self.post(self._url, form)
        answer = _json(response)
        if response.status_code != 200 or not isinstance(answer.get("access_token"), str):
            raise _refused(self.side, response.status_code, answer)
        _stay(self.side, self._url, answer.get("instance_url"))
        life = answer.get("expires_in")
        return Token(
            access=answer["access_token"],
            expires_at=self.clock.now() + timedelta(seconds=life) if isinstance(life, int) else None,
            refresh=str(answer.get("refresh_token") or ""),
            scope=str(answer.get("scope") or ""),
            identity=str(answer.get("id") or ""),
        )

    def post(self, url: str, form: Mapping[str, str]) -> requests.Response:
        """Send a form as the app; an app without a secret names itself in the form."""
        app = self.credentials
        secret = (_utf8(app.client_id), _utf8(app.client_secret)) if app.client_secret else None
        try:
            return self._session.post(
                url,
                data=form if secret else {**form, "client_id": app.client_id},
                auth=secret,
                headers={"Accept": "application/json"},
                timeout=self.timeout,
                allow_redirects=False,
            )
        except (requests.RequestException, OSError) as error:
            told = unreachable(self.side, error, write=False)
            raise told if never_left(error) else _unanswered(told) from None


class ClientCredentials:
    """The app's own id and secret, exchanged for a token that stands for the app's run-as user or organisation."""

    def __init__(self, endpoint: TokenEndpoint) -> None:
        self._endpoint = endpoint

    def request(self, before: Token | None) -> Token:
        del before  # nothing of the old one is needed
        scope = self._endpoint.credentials.scope
        return self._endpoint.ask({"grant_type": "client_credentials"} | ({"scope": scope} if scope else {}))

    def resolve(self, before: Token, began: datetime) -> None:
        del before, began  # asking twice harms nobody


class RefreshToken:
    """The refresh token of a person's consent.  `introspect` is asked what became of it where that can be asked."""

    def __init__(self, endpoint: TokenEndpoint, introspect: str = "") -> None:
        self._endpoint, self._introspect = endpoint, introspect

    def request(self, before: Token | None) -> Token:
        if before is None or not before.refresh:
            raise SignedOut("Nobody has signed in here yet.", remedy="Connect the side.", side=self._endpoint.side)
        token = self._endpoint.ask({"grant_type": "refresh_token", "refresh_token": before.refresh})
        return token if token.refresh else replace(token, refresh=before.refresh)  # an app that does not rotate

    def resolve(self, before: Token, began: datetime) -> None:
        """Xero's old token may be used again.  Salesforce's only if it says that it was never exchanged."""
        if not self._introspect:
            return
        name, side = self._endpoint.side.name.title(), self._endpoint.side
        wait = sum(self._endpoint.timeout) - (self._endpoint.clock.now() - began).total_seconds()
        if wait > 0:  # the request may still be on its way: asked now, the vendor could be right and soon wrong
            remedy = "The next run finds out what became of it."
            raise _unanswered(
                Unavailable(f"{name} has not answered a renewal.", remedy=remedy, side=side, wait_seconds=wait)
            )
        response = self._endpoint.post(self._introspect, {"token": before.refresh, "token_type_hint": "refresh_token"})
        active = _json(response).get("active")
        if response.status_code >= 500 or response.status_code == 429:
            raise _unanswered(Unavailable(f"{name} could not be asked what became of a renewal.", side=side))
        if active is not True:
            raise SignedOut(
                f"{name} renewed our sign-in, and its answer was lost on the way.",
                remedy="Connect the side again; nothing else is lost.",
                side=side,
            )


def grant(endpoint: TokenEndpoint, introspect: str = "") -> ClientCredentials | RefreshToken:
    """How this app gets its tokens: by a person's consent where there is one, else as itself."""
    return RefreshToken(endpoint, introspect) if endpoint.credentials.consented else ClientCredentials(endpoint)


def _unanswered(told: Unavailable) -> Unanswered:
    """The same, marked: nothing of the record's own write was sent, so that is not in doubt."""
    return Unanswered(told.message, remedy=told.remedy, side=told.side, wait_seconds=told.wait_seconds)


def _utf8(text: str) -> str:
    """Text that requests, which knows Latin-1 only here, will send as UTF-8: a mistyped secret must not crash."""
    return text.encode().decode("latin-1")


def _json(response: requests.Response) -> dict[str, Any]:
    try:
        answer = response.json()
    except ValueError:
        return {}
    return answer if isinstance(answer, dict) else {}


# What the vendors' token endpoints say, and what a person can do about it.
SAID: dict[str, tuple[str, str]] = {
    "invalid_client": ("does not know this client id, or the secret is wrong", "Check the client id and secret."),
    "invalid_client_id": ("does not know this client id", "Check the client id."),
    "unauthorized_client": (
        "does not let this app sign in by its own credentials",
        "Switch the client credentials flow on for the app, and give it a run-as user.",
    ),
    "unsupported_grant_type": (
        "does not offer this way of signing in for the app",
        "Switch the client credentials flow on for the app.",
    ),
    "invalid_grant": (
        "no longer accepts this sign-in: it was revoked, has expired, or its user is inactive",
        "Connect the side again.",
    ),
    "invalid_scope": ("does not grant the scopes asked for", "Ask only for scopes the app has been given."),
    "inactive_org": ("says that the organisation is inactive", "Unlock the organisation, then connect again."),
    "redirect_uri_mismatch": ("does not know the address to come back to", "Register it with the app, exactly so."),
}


def _stay(side: Side, asked: str, told: object) -> None:
    """A token answer may name the address to use it at; Concord uses the connected one, or none."""
    if told and not (isinstance(told, str) and same_origin(asked, told)):
        raise SignedOut(
            f"{side.name.title()}'s sign-in leads to another address than the one connected.",
            remedy="If the organisation has moved, connect it again under its new address.",
            side=side,
        )


def _refused(side: Side, status: int, answer: dict[str, Any]) -> Unavailable:
    name, code = side.name.title(), str(answer.get("error") or "")
    if status == 429 or status >= 500 or not code:
        told = Unavailable(f"{name} gave no token ({describe(status)}).", remedy="The next run tries again.", side=side)
        return told if status == 429 or 300 <= status < 500 else _unanswered(told)
    said, remedy = SAID.get(code, ("refuses to give a token", "Check the app's set-up."))
    kind = SignedOut if code == "invalid_grant" else Denied
    return kind(f"{name} {said} ({code}).", remedy=remedy, side=side)
