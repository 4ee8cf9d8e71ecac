"""The current token of one side: who asks for it, who may renew it, and that it belongs where it should.

`TokenSource` renews at most once for all who ask, in this process by a lock of its own and between processes by the
store's: a vendor that rotates refresh tokens kills the whole grant when two renew at once.  How a vendor is asked is
`grants`; where the token is kept is the store's business.  Tokens and secrets stay out of every repr, message and log.
"""

from __future__ import annotations

import threading
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Protocol

from reconciler.adapters.failures import SignedOut, Unanswered
from reconciler.errors import Denied
from reconciler.ports import Clock
from reconciler.tokens import Token, TokenStore

RENEW_BEFORE = timedelta(seconds=60)


@dataclass(frozen=True, slots=True)
class Credentials:
    """A client id and its secret, and the scopes to ask for ("": all that the app was given).

    `consented`: the token comes from a person's consent and is renewed by its refresh token.
    """

    client_id: str
    client_secret: str = field(repr=False)
    scope: str = ""
    consented: bool = False


class Grant(Protocol):
    """One way of getting a token."""

    def request(self, before: Token | None) -> Token:
        """Ask the vendor for a token; raises `Denied` or `Unavailable`, `Unanswered` when it may have given one."""
        ...

    def resolve(self, before: Token, began: datetime) -> None:
        """An earlier request went unanswered: return if asking again harms nothing, else raise why it would."""
        ...


class Pin(Protocol):
    """The organisation a connection was made with."""

    organisation: str

    def check(self, token: Token) -> bool:
        """Whether the token is of any use; raises `Denied` when it belongs to another organisation."""
        ...


class MemoryTokenStore:
    """A token kept by this process only; enough for client credentials, where asking again harms nobody."""

    def __init__(self) -> None:
        self._token: Token | None = None

    def lock(self) -> AbstractContextManager[None]:
        return nullcontext()

    def load(self) -> Token | None:
        return self._token

    def unanswered(self) -> datetime | None:
        return None

    def begin(self) -> None:
        pass

    def unchanged(self) -> None:
        pass

    def save(self, token: Token) -> None:
        self._token = token

    def signed_out(self, because: str) -> None:
        pass


class TokenSource:
    """The current token of one side."""

    def __init__(self, grant: Grant, store: TokenStore, clock: Clock, pin: Pin | None = None) -> None:
        self._grant, self._store, self._clock, self._pin = grant, store, clock, pin
        self._lock = threading.Lock()
        self._token: Token | None = None

    def get(self) -> Token:
        """A token that has not expired as far as we know."""
        token = self._token or self._store.load()
        if token is None or not self._usable(token):
            return self.refresh(stale=self._token)
        self._token = token
        return token

    def refresh(self, stale: Token | None) -> Token:
        """A token other than `stale`: the one somebody else has renewed meanwhile, or a new one."""
        with self._lock, self._store.lock():
            kept = self._store.load()
            if kept is None or not self._fresh(kept) or (stale is not None and kept.access == stale.access):
                kept = self._renewed(kept)
            self._token = self._shown_to_belong(kept)
            return self._token

    def _renewed(self, before: Token | None) -> Token:
        """A new token, kept before anybody uses it.  What the vendor did not answer stays marked as asked."""
        try:
            began = self._store.unanswered()
            if began is not None and before is not None:
                self._grant.resolve(before, began)
            self._store.begin()
            token = self._grant.request(before)
        except Unanswered:
            raise
        except SignedOut as error:
            self._store.signed_out(str(error))
            raise
        except Exception:
            self._store.unchanged()
            raise
        self._store.save(token)
        return token

    def _shown_to_belong(self, token: Token) -> Token:
        """The same token with its proof: checked after it was kept, since a rotated one must never be lost."""
        if self._pin is None or token.organisation == self._pin.organisation:
            return token
        if not self._pin.check(token):
            token = self._renewed(token)
            if not self._pin.check(token):
                raise Denied("A token that was just given is not accepted.", remedy="Connect the side again.")
        proven = replace(token, organisation=self._pin.organisation)
        self._store.save(proven)
        return proven

    def _usable(self, token: Token) -> bool:
        return self._fresh(token) and (self._pin is None or token.organisation == self._pin.organisation)

    def _fresh(self, token: Token) -> bool:
        return token.expires_at is None or self._clock.now() + RENEW_BEFORE < token.expires_at
