"""What the mails are made from: how each connection is, what waits in it, and what became of the mails sent so far."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.core.notices import HELD, SIGNED_OUT, SILENT, SPENT, Condition, Fault, Waits, is_silent
from reconciler.queries import overview, plans, rules
from reconciler.store.tables import AccessRow, ConnectionRow, MailingRow, RunRow, SideRow

WELL = ("done", "open", "read_only", "halted", "refused", "agree", "disagree")
UNWELL = ("unavailable", "failed")
SCREEN = {"salesforce": "Salesforce", "xero": "Xero"}


@dataclass(frozen=True, slots=True)
class MailState:
    """What became of the mails: the newest that was sent, and the newest failure that nothing has mended since."""

    sent_at: datetime | None
    failed_at: datetime | None
    fault: str


def condition(session: Session, connection_id: int, now: datetime) -> Condition:
    """What is wrong with a connection, told in sentences without a value of any record."""
    row = session.get_one(ConnectionRow, connection_id)
    page = f"/c/{connection_id}/"
    found: dict[str, Fault] = {}
    held = plans.held(session, connection_id)
    if held is not None:
        limits = "; ".join(
            f"{each['limit']}: {each['found']:g} found, {each['allowed']:g} allowed" for each in held.halted
        )
        sentence = f"{row.name}: a sync would have passed a limit and wrote nothing ({limits}). It waits for approval."
        found[HELD] = Fault(sentence, f"{page}plans/{held.id}")
    found |= _reaching(session, row, now)
    return Condition(row.name, page, found)


def _reaching(session: Session, row: ConnectionRow, now: datetime) -> dict[str, Fault]:
    """Whether the sides let us in, let us call, and answer.  A sign-in counts as mended once a run has used it."""
    page = f"/c/{row.id}/"
    out = _signed_out(session, row.id)
    last = _run(session, row.id, (*WELL, *UNWELL))
    problem = str(last.report.get("problem") or "") if last is not None else ""
    if out or problem == "denied":
        who = " and ".join(out) or "One side"
        sentence = (
            f"{row.name}: {who} no longer lets Concord in. Somebody must sign in again or give it its rights back."
        )
        return {SIGNED_OUT: Fault(sentence, f"{page}connection")}
    if problem == "spent":
        sentence = f"{row.name}: the calls that a side allows for a day are spent. Syncs go on by themselves."
        return {SPENT: Fault(sentence, f"{page}settings")}
    every = timedelta(minutes=rules.rules(session, row.id).schedule.every_minutes)
    if last is not None and last.status in UNWELL and is_silent(_since(session, row.id), now, every):
        sentence = f"{row.name}: no sync has got through for a while. The last one says why."
        return {SILENT: Fault(sentence, f"{page}syncs/{last.id}")}
    return {}


def _signed_out(session: Session, connection_id: int) -> list[str]:
    query = select(SideRow.side).join(AccessRow, AccessRow.id == SideRow.access_id)
    mine = (SideRow.connection_id == connection_id, AccessRow.signed_out_at.is_not(None))
    return [SCREEN[side] for side in session.scalars(query.where(*mine).order_by(SideRow.side))]


def _run(session: Session, connection_id: int, statuses: tuple[str, ...]) -> RunRow | None:
    """The newest run that ended so."""
    mine = (RunRow.connection_id == connection_id, RunRow.status.in_(statuses))
    return session.scalar(select(RunRow).where(*mine).order_by(RunRow.id.desc()).limit(1))


def _since(session: Session, connection_id: int) -> datetime | None:
    """When the first of the runs that did not get through began."""
    good = _run(session, connection_id, WELL)
    mine = (RunRow.connection_id == connection_id, RunRow.status.in_(UNWELL), RunRow.id > (good.id if good else 0))
    return session.scalar(select(RunRow.started_at).where(*mine).order_by(RunRow.id).limit(1))


def waits(session: Session, connection_id: int, now: datetime) -> Waits:
    """What waits for people in a connection and is not out of sight."""
    row = session.get_one(ConnectionRow, connection_id)
    open_ = overview.waiting(session, connection_id, now)
    page = f"/c/{connection_id}/"
    counts = (
        ("conflicts to decide", open_.conflicts, f"{page}review"),
        ("questions to answer", open_.questions, f"{page}questions"),
        ("refused changes to fix", open_.rejections, f"{page}fixing"),
    )
    return Waits(row.name, counts)


def mail_state(session: Session) -> MailState:
    """What became of the mails, over all connections; a failure is mended by any letter that went out since."""
    rows = list(session.scalars(select(MailingRow)))
    sent = max((row.sent_at for row in rows if row.sent_at), default=None)
    failures = [(row.failed_at, row.fault) for row in rows if row.failed_at and (sent is None or row.failed_at > sent)]
    failed_at, fault = max(failures, default=(None, ""))
    return MailState(sent, failed_at, fault)
