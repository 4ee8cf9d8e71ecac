"""Accounts of calls, one a side and connection, shared by every process: each change a short transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.core.budget import Account, Wait
from reconciler.core.model import Side
from reconciler.store.tables import BudgetRow, of


class StoredAccounts:
    """The accounts of one connection."""

    def __init__(self, engine: Engine, connection_id: int) -> None:
        self._engine, self._connection_id = engine, connection_id

    def change(self, side: Side, how: Callable[[Account], Account | Wait]) -> Account | Wait:
        """Change the account of one side; returns what `how` did."""
        table = of(BudgetRow)
        mine = (table.c.connection_id == self._connection_id) & (table.c.side == side.value)
        with self._engine.begin() as db:
            stored = db.scalar(select(table.c.account).where(mine).with_for_update())
            if stored is None:  # the first call of all: somebody else may be making it too
                _open(db, self._connection_id, side)
                stored = db.scalar(select(table.c.account).where(mine).with_for_update())
            changed = how(account_in(stored or {}))
            if isinstance(changed, Account):
                db.execute(update(table).where(mine).values(account=account_out(changed)))
            return changed


def accounts(db: Connection, connection_id: int) -> Mapping[Side, Account]:
    """What is known about the calls of each side; a side never asked has no account."""
    table = of(BudgetRow)
    rows = db.execute(select(table.c.side, table.c.account).where(table.c.connection_id == connection_id))
    return {Side(row.side): account_in(row.account) for row in rows}


def account_in(stored: Mapping[str, Any]) -> Account:
    """An account as it comes out of its JSON column."""
    return Account(
        recent=tuple(datetime.fromisoformat(at) for at in stored.get("recent", ())),
        under_way={call: datetime.fromisoformat(at) for call, at in stored.get("under_way", {}).items()},
        minute_left=stored.get("minute_left"),
        minute_told=_moment(stored.get("minute_told")),
        day_from=_moment(stored.get("day_from")),
        left=stored.get("left"),
        limit=stored.get("limit"),
        used=stored.get("used", 0),
        looked_at=_moment(stored.get("looked_at")),
    )


def account_out(account: Account) -> dict[str, Any]:
    """An account as it is kept."""
    return {
        "recent": [at.isoformat() for at in account.recent],
        "under_way": {call: at.isoformat() for call, at in account.under_way.items()},
        "minute_left": account.minute_left,
        "minute_told": _text(account.minute_told),
        "day_from": _text(account.day_from),
        "left": account.left,
        "limit": account.limit,
        "used": account.used,
        "looked_at": _text(account.looked_at),
    }


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _open(db: Connection, connection_id: int, side: Side) -> None:
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    row = dialect.insert(BudgetRow).values(connection_id=connection_id, side=side.value, account={})
    db.execute(row.on_conflict_do_nothing())
