"""The token of one side, kept for all processes: encrypted, renewed by one at a time, stored before it is used.

The lock is a lease in the row, since a transaction must not stay open while a vendor is asked.  A holder that was
asleep past its lease can still store what it was given as long as nobody else has stored anything: `serial` tells.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, astuple, dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, CursorResult, Engine, delete, insert, select, true, update

from reconciler.errors import Denied, Unavailable, Usage
from reconciler.ports import Clock
from reconciler.store.database import reading
from reconciler.store.lease import Process
from reconciler.store.tables import AccessRow, of
from reconciler.tokens import Token
from reconciler.vault import Vault

LIFE = timedelta(seconds=60)  # longer than any token request may take
POLL = 0.02  # seconds between two tries for a lock that somebody holds
PATIENCE = 90.0


@dataclass(frozen=True, slots=True)
class Access:
    """How a side lets us in, opened."""

    client_id: str
    client_secret: str
    consented: bool


def keep(db: Connection, vault: Vault, side: str, client: tuple[str, str], *, consented: bool) -> int:
    """Store an app's id and secret, bound to their row; returns its number."""
    made: int = db.execute(
        insert(AccessRow)
        .values(side=side, consented=consented, credentials=b"", serial=0, holder="")
        .returning(AccessRow.id)
    ).scalar_one()
    sealed = vault.seal(json.dumps(client), _bound(made, side, "credentials"))
    db.execute(update(AccessRow).where(AccessRow.id == made).values(credentials=sealed))
    return made


def opened(db: Connection, vault: Vault, access_id: int) -> Access:
    """An app's id and secret, decrypted."""
    row = db.execute(select(of(AccessRow)).where(AccessRow.id == access_id)).one_or_none()
    if row is None:
        raise Usage("Nobody has signed in to this side.", remedy="Sign in to it on the connection's page.")
    client = json.loads(vault.open(row.credentials, _bound(row.id, row.side, "credentials")))
    return Access(client[0], client[1], row.consented)


def drop(db: Connection, *access_ids: int | None) -> None:
    """Forget secrets and tokens that nothing refers to any more."""
    db.execute(delete(AccessRow).where(AccessRow.id.in_([one for one in access_ids if one is not None])))


def _bound(access_id: int, side: str, what: str) -> str:
    """The name a secret is sealed for: opened from another row, or as something else, it stays shut."""
    return f"access {access_id} {side} {what}"


class StoredTokens:
    """The `TokenStore` of one side.  Serves one `TokenSource`, which calls it under its own lock."""

    def __init__(self, engine: Engine, vault: Vault, access_id: int, side: str, clock: Clock) -> None:
        self._engine, self._vault, self._clock = engine, vault, clock
        self._id, self._side, self._serial = access_id, side, 0
        self._me = ""

    @contextmanager
    def lock(self) -> Iterator[None]:
        me = "|".join([*map(str, astuple(Process.this())), secrets.token_hex(4)])
        deadline = self._clock.monotonic() + PATIENCE
        while not self._take(me):
            if self._clock.monotonic() >= deadline:
                raise Unavailable(
                    "Another process is renewing the sign-in.", remedy="The next run tries again.", side=self._side
                )
            self._clock.sleep(POLL)
        self._me = me
        try:
            yield
        finally:
            with self._engine.begin() as db:
                mine = (AccessRow.id == self._id) & (AccessRow.holder == me)
                db.execute(update(AccessRow).where(mine).values(holder="", held_until=None))

    def load(self) -> Token | None:
        row = self._row()
        self._serial = row.serial
        if row.signed_out_at is not None:
            raise Denied(row.signed_out_because, side=self._side)
        return None if row.token is None else self._opened(row.token)

    def unanswered(self) -> datetime | None:
        began: datetime | None = self._row().refresh_started
        return began

    def begin(self) -> None:
        now = self._clock.now()
        self._change(AccessRow.holder == self._me, refresh_started=now, held_until=now + LIFE)

    def unchanged(self) -> None:
        self._change(AccessRow.holder == self._me, refresh_started=None)

    def save(self, token: Token) -> None:
        sealed = self._vault.seal(_text(token), _bound(self._id, self._side, "token"))
        self._change(
            true(),
            token=sealed,
            serial=self._serial + 1,
            refresh_started=None,
            signed_out_at=None,
            signed_out_because="",
        )
        self._serial += 1

    def signed_out(self, because: str) -> None:
        now = self._clock.now()
        self._change(true(), signed_out_at=now, signed_out_because=because, refresh_started=None)

    def _take(self, me: str) -> bool:
        if self._is_held(self._row()):
            return False
        with self._engine.begin() as db:
            row = db.execute(select(of(AccessRow)).where(AccessRow.id == self._id).with_for_update()).one()
            if self._is_held(row):
                return False
            until = self._clock.now() + LIFE
            db.execute(update(AccessRow).where(AccessRow.id == self._id).values(holder=me, held_until=until))
        return True

    def _is_held(self, row: Any) -> bool:
        """By a process that lives, as far as this host can tell, and whose lease has not run out."""
        if not row.holder or row.held_until is None or row.held_until <= self._clock.now():
            return False
        host, boot, pid, started, _ = row.holder.split("|")
        return not Process(host, boot, int(pid), started).is_gone(Process.this())

    def _row(self) -> Any:
        with reading(), self._engine.connect() as db:
            row = db.execute(select(of(AccessRow)).where(AccessRow.id == self._id)).one_or_none()
        if row is None:
            raise Denied("This sign-in was given up meanwhile.", remedy="Connect the side again.", side=self._side)
        return row

    def _change(self, condition: Any, **values: Any) -> None:
        """Write, unless another process has stored a token since we looked."""
        where = (AccessRow.id == self._id) & (AccessRow.serial == self._serial) & condition
        with self._engine.begin() as db:
            done: CursorResult[Any] = db.execute(update(AccessRow).where(where).values(**values))
            if done.rowcount != 1:
                raise Unavailable(
                    "Another process has renewed the sign-in meanwhile.",
                    remedy="The next run goes on with its token.",
                    side=self._side,
                )

    def _opened(self, sealed: bytes) -> Token:
        kept = json.loads(self._vault.open(sealed, _bound(self._id, self._side, "token")))
        expires = kept.pop("expires_at")
        return Token(**kept, expires_at=datetime.fromisoformat(expires) if expires else None)


def _text(token: Token) -> str:
    expires = token.expires_at.isoformat() if token.expires_at else None
    return json.dumps(asdict(token) | {"expires_at": expires})
