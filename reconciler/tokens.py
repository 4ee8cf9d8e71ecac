"""A token and the place where it is kept, as the adapters and the store both know them.

What a token says and how it is renewed is the adapters' business; how it is kept and locked is the store's.
"""

from __future__ import annotations

from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Token:
    """An access token and what came with it.

    `expires_at` is None where the vendor does not say (Salesforce): it is then renewed when it is refused.
    `identity` is Salesforce's identity URL, whose last two parts are the ids of organisation and user.
    `organisation` is the one that this token was shown to belong to, "" until it was.
    """

    access: str = field(repr=False)
    expires_at: datetime | None = None
    refresh: str = field(default="", repr=False)
    scope: str = ""
    identity: str = ""
    organisation: str = ""


class TokenStore(Protocol):
    """Where the one token of a connection's side is kept, for all processes.

    The order in which a token is renewed: lock, load, begin, ask the vendor, save (or `unchanged`, or `signed_out`).
    """

    def lock(self) -> AbstractContextManager[None]:
        """Held by one process at a time, from loading through asking to saving."""
        ...

    def load(self) -> Token | None:
        """The token kept last; raises `Denied` when a person must sign in again."""
        ...

    def unanswered(self) -> datetime | None:
        """When the renewal began whose answer never came; None if there is none."""
        ...

    def begin(self) -> None:
        """Note that the vendor is about to be asked."""
        ...

    def unchanged(self) -> None:
        """The vendor has answered, or was never reached: the token before still stands."""
        ...

    def save(self, token: Token) -> None:
        """Keep it, before its first use."""
        ...

    def signed_out(self, because: str) -> None:
        """Nothing but a person's new consent can help."""
        ...
