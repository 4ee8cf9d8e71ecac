"""A connection that is being set up: begun by one person, its sides signed in by two, joined when both are there.

A side of an existing connection that must be signed in again goes the same way: its draft has one side and ends by
taking the old sign-in's place.  Where the secrets go is the desk's business; the way through a consent page `consents`.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from reconciler.commands import connections, events
from reconciler.commands.desk import Client, Desk
from reconciler.core.model import SIDES, Side
from reconciler.errors import Problems, ReconcilerError, Usage
from reconciler.ports import Identity
from reconciler.rules import export, shipped
from reconciler.store import tokens
from reconciler.store.tables import ConnectionRow, DraftRow, DraftSideRow, SideRow

INVITED = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Landed:
    """Where a side that was just signed in belongs: a draft, or a connection that was signed in again."""

    side: Side
    draft_id: int
    connection_id: int | None


def begin(session: Session, *, name: str, by: str, now: datetime) -> int:
    """Start setting up a connection; returns the draft's number."""
    draft = DraftRow(name=connections.free(session, name), created_at=now, created_by=by)
    return _add(session, draft, dict.fromkeys(SIDES, ""))


def again(session: Session, connection_id: int, side: Side, *, by: str, now: datetime) -> int:
    """Start signing one side of a connection in again; returns the draft's number."""
    kept = session.get_one(SideRow, (connection_id, side.value))
    name = session.get_one(ConnectionRow, connection_id).name
    draft = DraftRow(name=name, connection_id=connection_id, created_at=now, created_by=by)
    return _add(session, draft, {side: kept.url})


def _add(session: Session, draft: DraftRow, urls: dict[Side, str]) -> int:
    session.add(draft)
    session.flush()
    number = draft.id
    for side, url in urls.items():
        session.add(DraftSideRow(draft_id=number, side=side.value, url=url, missing=[]))
    session.commit()
    return number


def abandon(session: Session, draft_id: int) -> None:
    """Give a draft up, with every secret it has gathered; what is connected stays connected."""
    held = session.scalars(select(DraftSideRow.access_id).where(DraftSideRow.draft_id == draft_id)).all()
    session.execute(delete(DraftRow).where(DraftRow.id == draft_id))
    tokens.drop(session.connection(), *held)
    session.commit()


def invite(session: Session, draft_id: int, side: Side, *, by: str, now: datetime) -> str:
    """A key with which somebody without a sign-in may connect this one side; an earlier one ends."""
    key = secrets.token_urlsafe(32)
    row = session.get_one(DraftSideRow, (draft_id, side.value))
    row.invitation, row.invited_until = hashed(key), now + INVITED
    events.note(session, "connection.invited", by=by, now=now, subject=side.value)
    session.commit()
    return key


def invited(session: Session, key: str, now: datetime) -> tuple[int, Side] | None:
    """The draft and side that a key is for; None when it is unknown, used or too old."""
    row = session.scalar(select(DraftSideRow).where(DraftSideRow.invitation == hashed(key)))
    found = None
    if row is not None and row.invited_until is not None and row.invited_until > now:
        found = row.draft_id, Side(row.side)
    session.rollback()
    return found


def hashed(secret: str) -> str:
    """What is kept of a secret that only has to be recognised."""
    return hashlib.sha256(secret.encode()).hexdigest()


def sign_in(
    session: Session, desk: Desk, draft_id: int, side: Side, *, url: str, client: Client, by: str, now: datetime
) -> Landed:
    """Sign a side in by the app's own credentials: asked first, kept when they work."""
    origin = desk.origin(side, url)
    client = chosen(desk, side, origin, client)
    session.rollback()
    identity, missing = desk.look(side, origin, client, shipped())
    prepare(session, desk, draft_id, side, url=origin, client=client, consented=False)
    return found(session, draft_id, side, identity, missing, by=by, now=now)


def sign_in_again(session: Session, desk: Desk, connection_id: int, side: Side, *, by: str, now: datetime) -> None:
    """Sign a connected side in again by this installation's own app."""
    draft_id = again(session, connection_id, side, by=by, now=now)
    url = session.get_one(DraftSideRow, (draft_id, side.value)).url
    session.rollback()
    try:
        sign_in(session, desk, draft_id, side, url=url, client=("", ""), by=by, now=now)
    except ReconcilerError:
        session.rollback()
        abandon(session, draft_id)
        raise


def prepare(
    session: Session, desk: Desk, draft_id: int, side: Side, *, url: str, client: Client, consented: bool = True
) -> None:
    """Keep address, id and secret of the app that a person is going to let in; any earlier ones are forgotten."""
    origin = desk.origin(side, url)
    client = chosen(desk, side, origin, client)
    row = session.get_one(DraftSideRow, (draft_id, side.value))
    before = row.access_id
    row.url, row.connected_at, row.missing = origin, None, []
    row.access_id = desk.keep(session.connection(), side, client, consented=consented)
    session.flush()
    tokens.drop(session.connection(), before)
    session.commit()


def chosen(desk: Desk, side: Side, url: str, client: Client) -> Client:
    """The app that was typed, or this installation's own when nothing was."""
    client = client if any(client) else desk.usual(side, url)
    if not client[0]:
        raise Usage(
            f"The app for {side.value.title()} has no client id.",
            remedy="Copy its client id and secret from the page where the app was made.",
        )
    return client


def found(
    session: Session, draft_id: int, side: Side, identity: Identity, missing: list[str], *, by: str, now: datetime
) -> Landed:
    """Note who was found on a side that has let us in."""
    row = session.get_one(DraftSideRow, (draft_id, side.value))
    draft = session.get_one(DraftRow, draft_id)
    landed = Landed(side, draft_id, draft.connection_id)
    row.organisation_id, row.organisation_name = identity.organisation_id, identity.name
    row.environment, row.user, row.user_id = identity.environment, identity.user, identity.user_id
    row.short_code = identity.facts.get("short_code", "")
    row.missing, row.connected_at, row.connected_by = missing, now, by
    row.invitation, row.invited_until = "", None
    if draft.connection_id is not None:
        _take_over(session, draft, row, by, now)
    session.commit()
    return landed


def pinned(session: Session, draft_id: int, side: Side) -> str:
    """The one Xero organisation that a sign-in must be for, since it has been settled; "" when it has not.

    A sign-in to Salesforce reaches one organisation only, whose name is told when it is the wrong one.
    """
    draft, row = session.get_one(DraftRow, draft_id), session.get_one(DraftSideRow, (draft_id, side.value))
    found = row.organisation_id if row.connected_at else ""
    if draft.connection_id is not None:
        found = session.get_one(SideRow, (draft.connection_id, side.value)).organisation_id
    session.rollback()
    return found if side is Side.XERO else ""


def _take_over(session: Session, draft: DraftRow, row: DraftSideRow, by: str, now: datetime) -> None:
    """Put a new sign-in in the old one's place, if it is for the same organisation."""
    kept = session.get_one(SideRow, (draft.connection_id, row.side))
    if row.organisation_id.lower() != kept.organisation_id.lower():
        name = row.organisation_name
        row.connected_at = None
        session.commit()
        raise Usage(
            f"That is another organisation: {name}, not {kept.organisation_name}.",
            remedy="Sign in to the organisation that was connected, or make a new connection for the other one.",
        )
    before = kept.access_id
    kept.access_id, kept.url, kept.last_error = row.access_id, row.url, ""
    kept.user, kept.user_id, kept.organisation_name = row.user, row.user_id, row.organisation_name
    kept.short_code = row.short_code
    events.note(session, "connection.signed_in", by=by, now=now, connection_id=draft.connection_id, subject=row.side)
    session.flush()
    session.execute(delete(DraftRow).where(DraftRow.id == draft.id))
    tokens.drop(session.connection(), before)


def check(
    session: Session, desk: Desk, draft_id: int, side: Side, *, organisation: str = "", by: str, now: datetime
) -> Landed:
    """Look at a side that has let us in once more: what was missing may be there now, or a person has chosen.

    Raises `Several` when the sign-in reaches more than one organisation and none is named.
    """
    row = session.get_one(DraftSideRow, (draft_id, side.value))
    url, access_id = row.url, row.access_id
    settled = pinned(session, draft_id, side)
    taken = "" if settled else connections.named(session, side, organisation)
    session.rollback()
    if access_id is None:
        raise Usage("This side is not connected yet.", remedy="Connect it first.")
    if taken:
        raise Usage(f"That organisation is connected already: {taken}.", remedy="Choose another one.")
    identity, missing = desk.look_with(side, url, access_id, shipped(), organisation=settled or organisation)
    return found(session, draft_id, side, identity, missing, by=by, now=now)


def join(session: Session, draft_id: int, *, confirm: str = "", by: str, now: datetime) -> int:
    """Make the connection of a draft whose sides have both let us in; read-only until it is activated."""
    draft = session.get_one(DraftRow, draft_id)
    name = connections.free(session, draft.name)
    rows = {
        Side(row.side): row for row in session.scalars(select(DraftSideRow).where(DraftSideRow.draft_id == draft_id))
    }
    problems = Problems()
    for side in SIDES:
        if rows[side].connected_at is None:
            problems.add(f"{side.value.title()} is not connected yet.")
        for sentence in rows[side].missing:
            problems.add(str(sentence))
    problems.raise_if_any("The two systems cannot be joined yet.")
    who = {side: _identity(row) for side, row in rows.items()}
    connections.may_join(who, confirm)
    sides = [connections.joined(side, rows[side].url, rows[side].access_id or 0, who[side]) for side in SIDES]
    session.delete(draft)
    connections.only(session, sides)
    number = connections.made(session, name, sides, export(shipped()), by=by, now=now).id
    session.commit()
    return number


def _identity(row: DraftSideRow) -> Identity:
    facts = {"short_code": row.short_code}
    return Identity(row.organisation_id, row.organisation_name, row.environment, row.user, row.user_id, facts=facts)
