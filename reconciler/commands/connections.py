"""Connecting two organisations, letting Concord write to them, and parting from them again."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, delete, func, select
from sqlalchemy.orm import Session

from reconciler.commands import events
from reconciler.commands.desk import Client, Desk
from reconciler.core.model import SIDES, Side
from reconciler.core.schema import Rules
from reconciler.errors import Denied, Problems, ReconcilerError, Unavailable, Usage
from reconciler.ports import Identity
from reconciler.rules import export, parse, shipped
from reconciler.store import tokens
from reconciler.store.tables import ActionRow, ConnectionRow, LinkRow, RecordRow, RulesRow, SideRow


@dataclass(frozen=True, slots=True)
class Looked:
    """What was found on one side."""

    identity: Identity
    missing: list[str]


def connect(  # noqa: PLR0913 - everything that a connection starts with
    session: Session,
    desk: Desk,
    *,
    name: str,
    urls: Mapping[Side, str],
    credentials: Mapping[Side, Client],
    by: str,
    now: datetime,
    rules: str = "",
    activate: bool = False,
    confirm: str = "",
) -> int:
    """Join two organisations under a name; returns the connection's id.

    Both sides are looked at first, and every fault of both is named at once.  Nothing is written to either; the
    connection is read-only until it is activated.
    """
    chosen = parse(rules) if rules else shipped()
    free(session, name)
    session.rollback()  # no transaction stays open while a vendor is asked
    looked = _look(desk, urls, credentials, chosen)
    may_join({side: found.identity for side, found in looked.items()}, confirm)
    sides = [
        joined(side, urls[side], desk.keep(session.connection(), side, credentials[side], consented=False), found)
        for side, found in ((side, looked[side].identity) for side in SIDES)
    ]
    connection = made(session, name, sides, export(chosen), by=by, now=now)
    if activate:
        _activate(session, connection, by, now)
    number = connection.id  # read before the commit: afterwards it would open a transaction
    session.commit()
    return number


def made(
    session: Session, name: str, sides: Sequence[SideRow], document: str, *, by: str, now: datetime
) -> ConnectionRow:
    """Add a connection of these sides, read-only, in the caller's transaction."""
    connection = ConnectionRow(name=name.strip(), created_at=now, rules_version=1, activated_by="", paused_by="")
    session.add(connection)
    session.flush()
    for side in sides:
        side.connection_id = connection.id
        session.add(side)
    session.add(
        RulesRow(connection_id=connection.id, version=1, document=document, saved_at=now, saved_by=by, note="at first")
    )
    subject = " and ".join(side.organisation_name for side in sides)
    events.note(session, "connection.made", by=by, now=now, connection_id=connection.id, subject=subject[:80])
    return connection


def only(session: Session, sides: Sequence[SideRow]) -> None:
    """Raises `Usage` if another connection joins the same two: each would take the other's writes for edits."""
    name = beside(session, sides)
    if name:
        raise Usage(
            f"These two organisations are joined already: {name}.",
            remedy="Go on with that connection, or disconnect it first.",
        )


def beside(session: Session, sides: Sequence[SideRow]) -> str:
    """The name of another connection that joins the same two organisations, or nothing."""
    found = [
        set(session.scalars(select(SideRow.connection_id).where(SideRow.side == one.side, _same(one.organisation_id))))
        for one in sides
        if one.organisation_id
    ]
    both = set.intersection(*found) if len(found) == len(SIDES) else set()
    others = both - {one.connection_id for one in sides}
    return session.get_one(ConnectionRow, min(others)).name if others else ""


def shared_with(session: Session, connection_id: int) -> str:
    """The name of another connection between the two organisations of this one, or nothing."""
    return beside(session, session.scalars(select(SideRow).where(SideRow.connection_id == connection_id)).all())


def named(session: Session, side: Side, organisation_id: str) -> str:
    """The name of a connection that has this organisation on this side, or nothing."""
    if not organisation_id:
        return ""
    joins = select(ConnectionRow.name).join(SideRow, SideRow.connection_id == ConnectionRow.id)
    where = (SideRow.side == side.value) & _same(organisation_id)
    return session.scalar(joins.where(where).order_by(ConnectionRow.id).limit(1)) or ""


def _same(organisation_id: str) -> ColumnElement[bool]:
    """An id's 15 characters say all in Salesforce; in Xero letter case says nothing."""
    if len(organisation_id) in {15, 18}:
        return func.substr(SideRow.organisation_id, 1, 15) == organisation_id[:15]
    return func.lower(SideRow.organisation_id) == organisation_id.lower()


def free(session: Session, name: str) -> str:
    """A name that a new connection can have; raises `Usage` for any other."""
    if not name.strip():
        raise Usage("A connection needs a name.", remedy="Give one that people will recognise.")
    if name.strip().isdecimal():
        raise Usage("A connection's name is not a number: its number is one already.", remedy="Give it a word.")
    if len(name.strip()) > 100:
        raise Usage("A connection's name has at most 100 characters.", remedy="Choose a shorter one.")
    if session.scalar(select(ConnectionRow.id).where(ConnectionRow.name == name.strip())) is not None:
        raise Usage(f"There is a connection called {name!r} already.", remedy="Choose another name, or disconnect it.")
    return name.strip()


def _look(desk: Desk, urls: Mapping[Side, str], credentials: Mapping[Side, Client], rules: Rules) -> dict[Side, Looked]:
    problems = Problems()
    looked: dict[Side, Looked] = {}
    away: Unavailable | None = None
    for side in SIDES:
        try:
            looked[side] = Looked(*desk.look(side, urls[side], credentials[side], rules))
        except ReconcilerError as error:
            if isinstance(error, Unavailable) and not isinstance(error, Denied):
                away = error
            problems.add(str(error))
        else:
            for sentence in looked[side].missing:
                problems.add(sentence)
    if away is not None and len(problems.found) == 1:
        raise away  # nothing was asked wrongly: it may be tried again as it is
    problems.raise_if_any("The two systems cannot be connected yet.")
    return looked


def may_join(who: Mapping[Side, Identity], confirm: str) -> None:
    """Refuse a test system beside a live one, unless somebody types the name of one of the two organisations."""
    if not mismatched(who):
        return
    names = {identity.name.strip().casefold() for identity in who.values()}
    if confirm.strip() and confirm.strip().casefold() in names:
        return
    environments = {side: who[side].environment for side in SIDES}
    live = next(identity.name for identity in who.values() if identity.environment == "live")
    raise Usage(
        "The two systems do not belong together.",
        remedy=f"If it is meant all the same, confirm it by the name of the live organisation: {live}.",
        problems=(
            f"Salesforce is {environments[Side.SALESFORCE]} and Xero is {environments[Side.XERO]}.",
            "A test system beside a live one would carry its test data there.",
            "A copy of a live system still holds the ids of live records on the other side.",
        ),
    )


def mismatched(who: Mapping[Side, Identity]) -> bool:
    """Whether one side is live and the other is not."""
    return len({identity.environment == "live" for identity in who.values()}) > 1


def joined(side: Side, url: str, access_id: int, identity: Identity) -> SideRow:
    """One side of a connection that is about to be made, pinned to its organisation."""
    return SideRow(
        side=side.value,
        url=url,
        organisation_id=identity.organisation_id,
        organisation_name=identity.name,
        short_code=identity.facts.get("short_code", ""),
        environment=identity.environment,
        user=identity.user,
        user_id=identity.user_id,
        access_id=access_id,
        paused_by="",
        last_error="",
    )


def activate(session: Session, connection_id: int, *, by: str, now: datetime) -> None:
    """Let Concord write: until now its runs only made plans."""
    _activate(session, session.get_one(ConnectionRow, connection_id), by, now)
    session.commit()


def _activate(session: Session, connection: ConnectionRow, by: str, now: datetime) -> None:
    if connection.activated_at is None:
        connection.activated_at, connection.activated_by, connection.next_run_at = now, by, None
        events.note(session, "connection.activated", by=by, now=now, connection_id=connection.id)


def revoke(session: Session, desk: Desk, connection_id: int) -> list[str]:
    """End our sign-ins at both vendors; a sentence for each side that was asked, which parting does not wait for."""
    sides = [
        (Side(row.side), row.url, row.access_id, row.organisation_id)
        for row in session.scalars(select(SideRow).where(SideRow.connection_id == connection_id))
    ]
    session.rollback()  # no transaction stays open while a vendor is asked
    return [said for side, url, access_id, whose in sides if (said := _revoked(desk, side, url, access_id, whose))]


def _revoked(desk: Desk, side: Side, url: str, access_id: int | None, organisation: str) -> str:
    name = side.value.title()
    try:
        asked = access_id is not None and desk.revoke(side, url, access_id, organisation)
    except ReconcilerError as error:
        return f"{name} could not be told: {error.message} End the app's access there by hand."
    return f"{name} no longer lets Concord in." if asked else ""


def disconnect(session: Session, connection_id: int, *, by: str, now: datetime) -> dict[str, Any]:
    """Part from both systems, leaving them as they are; returns links and history, to be kept as a file."""
    connection = session.get_one(ConnectionRow, connection_id)
    document = exported(session, connection)
    for table in (ActionRow, RecordRow, LinkRow):
        session.execute(delete(table).where(table.connection_id == connection_id))
    events.note(session, "connection.ended", by=by, now=now, subject=connection.name[:80])
    held = session.scalars(select(SideRow.access_id).where(SideRow.connection_id == connection_id)).all()
    session.delete(connection)
    session.flush()
    tokens.drop(session.connection(), *held)
    session.commit()
    return document


def export_of(session: Session, connection_id: int) -> dict[str, Any]:
    """What `disconnect` would leave behind as a file, while all is still there."""
    return exported(session, session.get_one(ConnectionRow, connection_id))


def exported(session: Session, connection: ConnectionRow) -> dict[str, Any]:
    """Links with their last agreed values, and everything that was written, in plain JSON."""
    links = session.scalars(select(LinkRow).where(LinkRow.connection_id == connection.id).order_by(LinkRow.id))
    actions = session.scalars(select(ActionRow).where(ActionRow.connection_id == connection.id).order_by(ActionRow.id))
    return {
        "connection": connection.name,
        "links": [
            {
                "kind": link.kind,
                "salesforce": link.salesforce,
                "xero": link.xero,
                "status": link.status,
                "agreed": {"salesforce": link.baseline_salesforce, "xero": link.baseline_xero},
            }
            for link in links
        ],
        "history": [
            {
                "do": action.do,
                "side": action.side,
                "ref": action.ref,
                "fields": action.fields,
                "state": action.state,
                "at": action.settled_at.isoformat() if action.settled_at else None,
            }
            for action in actions
        ],
    }


def as_json(document: Mapping[str, Any]) -> str:
    """The exported document as text."""
    return json.dumps(document, ensure_ascii=False, indent=1)
