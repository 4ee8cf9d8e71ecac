"""What people chose, field by field, about pairs that are not linked yet.

A plan is made with these choices in it; linking turns each into a decided conflict, which is carried out, shown and
taken back like any other.  The partner of a record that was refused as a whole is yet to be made and has no id: what is
typed for it stands under `UNMADE`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, delete, insert, or_, select, tuple_

from reconciler.core.model import Decision, OpenConflict, Ref, Side
from reconciler.store.codec import sides_in, value_in
from reconciler.store.json_text import decode
from reconciler.store.tables import ConflictRow, FirstChoiceRow, of

UNMADE = ""

# By one record's address, by its partner's, by field.
Chosen = dict[Ref, dict[Ref, dict[str, OpenConflict]]]


def decision_in(stored: Mapping[str, Any]) -> Decision:
    """A person's decision as it comes out of its JSON column."""
    return Decision(
        shown=sides_in(stored["shown"]),
        value=value_in(stored["value"]),
        winner=Side(stored["winner"]) if stored["winner"] in list(Side) else None,
        by=stored["by"],
        reason=stored.get("reason", ""),
    )


def decision_as_stored(text: str) -> Decision | None:
    """A person's decision as it stands in its column, if there is one."""
    stored = decode(text)
    return decision_in(stored) if stored else None


def near(db: Connection, connection_id: int, refs: Iterable[Ref]) -> Chosen:
    """What was chosen about these records, whichever of a pair they are."""
    wanted = set(refs)
    ids = {side: [ref.id for ref in wanted if ref.side is side] for side in Side}
    table = of(FirstChoiceRow)
    either = or_(table.c.salesforce.in_(ids[Side.SALESFORCE]), table.c.xero.in_(ids[Side.XERO]))
    found: Chosen = {}
    for row in db.execute(select(table).where(table.c.connection_id == connection_id, either)):
        pair = (Ref(Side.SALESFORCE, row.salesforce), Ref(Side.XERO, row.xero))
        waits = OpenConflict(0, "first", decision_in(row.decision))
        for one, other in (pair, pair[::-1]):
            if one in wanted:
                found.setdefault(one, {}).setdefault(other, {})[row.field] = waits
    return found


def since(db: Connection, connection_id: int, moment: datetime) -> set[tuple[str, str]]:
    """The pairs about which something was chosen since then, by their ids in Salesforce and in Xero."""
    table = of(FirstChoiceRow)
    query = select(table.c.salesforce, table.c.xero).where(table.c.connection_id == connection_id, table.c.at > moment)
    return {(row.salesforce, row.xero) for row in db.execute(query)}


def take_up(
    db: Connection, connection_id: int, kind: str, pairs: Mapping[int, Mapping[Side, Ref]], now: datetime
) -> None:
    """These links were made: what was chosen about their pairs is a decision from now on."""
    table = of(FirstChoiceRow)
    here = table.c.connection_id == connection_id
    links: dict[tuple[str, str], tuple[int, Mapping[Side, Ref]]] = {}
    for link, pair in pairs.items():
        salesforce, xero = (pair[side].id for side in (Side.SALESFORCE, Side.XERO))
        links |= dict.fromkeys(((salesforce, xero), (salesforce, UNMADE), (UNMADE, xero)), (link, pair))
    either = or_(*(table.c[side.value].in_([pair[side].id for pair in pairs.values()]) for side in Side))
    rows = [row for row in db.execute(select(table).where(here, either)) if (row.salesforce, row.xero) in links]
    if rows:
        made = [_conflict(row, kind, *links[row.salesforce, row.xero], now) for row in rows]
        db.execute(insert(of(ConflictRow)), made)
        taken = {(row.salesforce, row.xero) for row in rows}
        db.execute(delete(table).where(here, tuple_(table.c.salesforce, table.c.xero).in_(taken)))


def _conflict(row: Any, kind: str, link: int, pair: Mapping[Side, Ref], now: datetime) -> dict[str, Any]:
    decision, typed = row.decision, UNMADE in (row.salesforce, row.xero)
    return {
        "connection_id": row.connection_id,
        "link_id": link,
        "kind": kind,
        "field": row.field,
        "salesforce": pair[Side.SALESFORCE].id,
        "xero": pair[Side.XERO].id,
        "name": row.name,
        "status": "open",
        "reason": "refused" if typed else "first",
        "values": decision["shown"],
        "baseline": {},
        "edited": {},
        "proposed": "",
        "winner": decision["winner"],
        "value": decision["value"],
        "by": decision["by"],
        "why": decision["reason"]
        or ("Typed in place of a refused value." if typed else "Chosen before the two were linked."),
        "decision": decision,
        "noted": "",
        "closed_because": "",
        "opened_at": now,
        "decided_at": row.at,
    }
