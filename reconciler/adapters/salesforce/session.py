"""The session simple_salesforce sends through, closing what the SDK leaves open.

By itself the SDK always speaks https, has no timeout anywhere, follows redirects with the token in hand, and drops the
caller's headers when it repeats a request after a 401.  Here every request goes to the one origin it was made for, with
a timeout, signed in by our own exchange, and comes back to the SDK only when it is an answer.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import requests
from requests.auth import AuthBase
from simple_salesforce.api import Salesforce

from reconciler.adapters.origin import is_loopback
from reconciler.adapters.transport import Exchange, Reply
from reconciler.tokens import Token

READS = {"GET", "HEAD"}
CLIENT = "client=concord"  # Salesforce names it as the origin of our changes in change events


class _AsItIs(AuthBase):
    """Leave the Authorization header alone: without it requests would take a password from the user's .netrc."""

    def __call__(self, r: requests.PreparedRequest) -> requests.PreparedRequest:
        return r


class SignedSession(requests.Session):
    """Sends the SDK's requests to `origin`, through the exchange."""

    def __init__(self, origin: str, exchange: Exchange, timeout: tuple[float, float]) -> None:
        super().__init__()
        self._origin, self._exchange, self._timeout = urlsplit(origin), exchange, timeout
        self.auth = _AsItIs()
        self.trust_env = not is_loopback(self._origin.hostname or "")  # a proxy could not reach this machine

    def request(  # type: ignore[override]  # the SDK uses these, and by these names
        self, method: str, url: str, headers: Mapping[str, str] | None = None, **options: Any
    ) -> requests.Response:
        """Send; the answer has a status the caller may deal with and, if it says so, a body of JSON."""
        here, answers = self._here(url), []

        def attempt(token: Token) -> Reply:
            signed = {**(headers or {}), "Authorization": f"Bearer {token.access}"}
            answer = super(SignedSession, self).request(
                method, here, headers=signed, timeout=self._timeout, allow_redirects=False, **options
            )
            answers.append(answer)
            return Reply(answer.status_code, answer.headers, answer.content)

        self._exchange.run(attempt, write=method.upper() not in READS)
        return answers[-1]

    def _here(self, url: str) -> str:
        parts = urlsplit(url)
        return urlunsplit((self._origin.scheme, self._origin.netloc, parts.path, parts.query, ""))


def sdk(origin: str, exchange: Exchange, *, version: str, timeout: tuple[float, float]) -> Salesforce:
    """The SDK for one organisation.  Its own session id is never used: the exchange signs each request."""
    client = Salesforce(
        instance_url=origin,
        session_id="unused",
        session=SignedSession(origin, exchange, timeout),
        version=version,
        parse_float=Decimal,
        object_pairs_hook=dict,
    )
    del client.headers["X-PrettyPrint"]  # a third more bytes for nobody's eyes
    client.headers["Sforce-Call-Options"] = CLIENT
    return client
