"""What people have been told by mail: claimed before a letter is sent, noted after, so that any number of processes and
restarts tell each change once.

A process that dies between the mail server's yes and the note leaves a claim that runs out: that one letter may come
twice, with the same Message-ID.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from reconciler.store.tables import MailingRow, of

CLAIM_LASTS = timedelta(minutes=5)  # longer than any exchange with a mail server may take


def mailing(db: Connection, name: str, now: datetime) -> Any:
    """What was told about one thing; a thing never looked at before is noted as such.  Locks the row."""
    table = of(MailingRow)
    dialect = postgresql if db.dialect.name == "postgresql" else sqlite
    row = {"name": name, "told": [], "serial": 0, "fault": "", "looked_at": now}
    db.execute(dialect.insert(MailingRow).values(**row).on_conflict_do_nothing())
    return db.execute(select(table).where(table.c.name == name).with_for_update()).one()


def claim(db: Connection, name: str, now: datetime) -> None:
    """From now on this process is the one that sends."""
    _set(db, name, held_until=now + CLAIM_LASTS)


def told(db: Connection, name: str, faults: Collection[str], now: datetime, *, sent: bool) -> None:
    """People know this now: by a letter, or because there was nothing to say."""
    values: dict[str, Any] = {"told": sorted(faults), "looked_at": now, "held_until": None}
    if sent:
        values |= {"sent_at": now, "serial": MailingRow.serial + 1, "failed_at": None, "fault": ""}
    _set(db, name, **values)


def failed(db: Connection, name: str, fault: str, now: datetime) -> None:
    """The letter did not go out: it is tried again at the next look."""
    _set(db, name, failed_at=now, fault=fault, held_until=None)


def forget_all_but(db: Connection, names: Collection[str]) -> None:
    """Connections that are gone: a number may be given again."""
    db.execute(delete(MailingRow).where(MailingRow.name.not_in(names)))


def _set(db: Connection, name: str, **values: Any) -> None:
    db.execute(update(MailingRow).where(MailingRow.name == name).values(**values))
