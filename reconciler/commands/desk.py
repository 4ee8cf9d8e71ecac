"""What connecting needs of the outside: to look at a side, to send people to consent pages, to keep secrets."""

from __future__ import annotations

from typing import Protocol

from sqlalchemy import Connection

from reconciler.core.model import Side
from reconciler.core.schema import Rules
from reconciler.ports import Identity
from reconciler.tokens import Token

Client = tuple[str, str]  # an app's id and secret


class Desk(Protocol):
    """The vendors, as connecting meets them.  Everything raises what the adapters raise."""

    def origin(self, side: Side, url: str) -> str:
        """The address as Concord may use it; raises `Usage` for one it may not, without opening a socket."""
        ...

    def usual(self, side: Side, url: str) -> Client:
        """The app that this installation uses at that address unless told otherwise; two empty texts if none."""
        ...

    def look(self, side: Side, url: str, credentials: Client, rules: Rules) -> tuple[Identity, list[str]]:
        """Who is behind the app's own credentials, and every field of the rules that the side lacks."""
        ...

    def look_with(
        self, side: Side, url: str, access_id: int, rules: Rules, *, organisation: str = ""
    ) -> tuple[Identity, list[str]]:
        """The same, by the token that is kept; raises `Several` when it reaches more than one and none was named."""
        ...

    def keep(self, db: Connection, side: Side, client: Client, *, consented: bool) -> int:
        """Store an app's id and secret, encrypted and bound to their row, whose number is returned."""
        ...

    def seal(self, secret: str, row: str) -> bytes:
        """Encrypt, bound to the named row."""
        ...

    def unseal(self, sealed: bytes, row: str) -> str:
        """Decrypt what was sealed for that row."""
        ...

    def consent_address(self, side: Side, url: str, access_id: int, *, redirect: str, state: str, verifier: str) -> str:
        """Where the vendor asks a person to let the app in."""
        ...

    def redeem(self, side: Side, url: str, access_id: int, *, code: str, redirect: str, verifier: str) -> Token:
        """Exchange a code for a token, which is stored before anything else is done with it."""
        ...

    def revoke(self, side: Side, url: str, access_id: int, organisation: str) -> bool:
        """End a person's consent at the vendor, for this organisation; False when there was none to end."""
        ...
