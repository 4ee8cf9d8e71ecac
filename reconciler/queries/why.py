"""Why a value is what it is: one sentence, then the chain of who wrote what where, on what evidence, by which sync.

Only tells what is on record: what Concord never saw or wrote is said to be so.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from reconciler.core.model import SIDES, Ref, Side
from reconciler.errors import Usage
from reconciler.queries import records, rules
from reconciler.queries.records import FieldLine, RecordPage
from reconciler.queries.values import Json, Shown, json_of, shown
from reconciler.store.tables import ActionRow, ConflictRow, PlanRow, RecordRow, SideRow

MOST = 200  # writes and conflicts looked through, newest first
NAMES = {"salesforce": "Salesforce", "xero": "Xero"}


@dataclass(frozen=True, slots=True)
class Event:
    """One link of the chain: `what` is wrote | edited | conflict.  `before` is what was overwritten."""

    at: datetime
    what: str
    side: str
    by: str
    before: Shown | None
    after: Shown | None
    why: str
    evidence: Mapping[str, Mapping[str, Any]]
    run: int | None = None
    rules_version: int | None = None
    conflict: int | None = None


@dataclass(frozen=True, slots=True)
class Why:
    """The answer for one field of one record."""

    ref: Ref
    name: str
    field: str
    values: Mapping[Side, Shown | None]
    sentence: str
    chain: tuple[Event, ...]


def connection_of(session: Session, ref: Ref) -> int:
    """The connection that knows this record; Usage when none does, or several."""
    query = select(RecordRow.connection_id).where(RecordRow.side == ref.side.value, RecordRow.ref == ref.id)
    found = list(session.scalars(query.limit(2)))
    if len(found) == 1:
        return found[0]
    if found:
        raise Usage(f"{ref} belongs to several connections.", remedy="Say which one with --connection.")
    raise Usage(f"{ref} has never been read.", remedy="Check the id; a record is known once a sync has read it.")


def why(session: Session, connection_id: int, ref: Ref, field: str) -> Why:
    """Why this field of this record is what it is."""
    page = records.record(session, connection_id, ref)
    if page is None:
        raise Usage(f"{ref} has never been read.", remedy="A record is known once a sync has read it.")
    line = next((line for line in page.lines if line.rule.key == field), None)
    if line is None:
        known = ", ".join(line.rule.key for line in page.lines)
        raise Usage(f"{field} is not a shared field.", remedy=f"Choose one of: {known}.")
    members = rules.members(session, connection_id).get((page.records[ref.side].kind, field), ())
    told = [*_writes(session, connection_id, page, field, members), *_conflicts(session, page, field, members)]
    told += _edits(session, connection_id, page, line)
    chain = tuple(sorted(told, key=lambda event: event.at, reverse=True))
    return Why(ref, page.name, field, line.now, _sentence(page, line, chain), chain)


def _writes(
    session: Session, connection_id: int, page: RecordPage, field: str, members: tuple[str, ...]
) -> Iterator[Event]:
    refs = [f"{side}:{record.ref}" for side, record in page.records.items()]
    mine = ActionRow.ref.in_(refs)
    query = (
        select(ActionRow, PlanRow.rules_version)
        .join(PlanRow, PlanRow.id == ActionRow.plan_id)
        .where(ActionRow.connection_id == connection_id, ActionRow.state == "settled")
        .where(or_(ActionRow.link_id == page.link.id, mine) if page.link else mine)
    )
    for row, version in session.execute(query.order_by(ActionRow.id.desc()).limit(MOST)):
        change = row.fields.get(field)
        if change is None or row.settled_at is None:
            continue
        yield Event(
            at=row.settled_at,
            what="wrote",
            side=row.side,
            by="Concord",
            before=shown(change["from"], members),
            after=shown((row.result.get("reshaped") or {}).get(field, change["to"]), members),
            why=_reason(row, field),
            evidence=_evidence(row, field),
            run=row.run_id,
            rules_version=version,
        )


def _reason(row: ActionRow, field: str) -> str:
    """The verdict's own sentence where there was one; else what kind of change it was."""
    verdicts = {verdict["field"]: verdict for verdict in row.notes.get("verdicts", ())}
    if field in verdicts:
        return str(verdicts[field]["why"])
    cause, source = str(row.notes.get("causes", {}).get(field, "")), _other(row.side)
    return _CAUSES.get(cause, "{why}").format(source=source, run=row.notes.get("undoes"), why=row.why)


_CAUSES = {
    "edited": "it was edited in {source}",
    "filled": "it was blank here and filled in {source}",
    "put_back": "it flows from {source} only: the edit made here was put back",
    "first": "the two differed when they were first compared, and the rule says whose value stands",
    "decided": "a person decided so",
    "undone": "what sync {run} had written was taken back",
}


def _evidence(row: ActionRow, field: str) -> Mapping[str, Mapping[str, Any]]:
    """Who typed it, and when, as it was known then: of both sides where they differed, else of the source."""
    for verdict in row.notes.get("verdicts", ()):
        if verdict["field"] == field:
            return dict(verdict["edited"])
    edit = row.notes.get("edited", {}).get(field)
    return {str(Side(row.side).other): edit} if edit else {}


def _conflicts(session: Session, page: RecordPage, field: str, members: tuple[str, ...]) -> Iterator[Event]:
    if page.link is None:
        return
    query = select(ConflictRow).where(ConflictRow.link_id == page.link.id, ConflictRow.field == field)
    for row in session.scalars(query.order_by(ConflictRow.id.desc()).limit(MOST)):
        if row.by == "rule":  # told by the write that carried it out
            continue
        yield Event(
            at=row.closed_at or row.decided_at or row.opened_at,
            what="conflict",
            side=row.winner,
            by=row.by,
            before=shown(row.values.get(_losing(row.winner)), members),
            after=shown(row.value, members),
            why=f"{row.closed_because} {row.noted}".strip() if row.status == "closed" else row.why,
            evidence=row.edited,
            run=row.run_id,
            conflict=row.id,
        )


def _losing(winner: str) -> str:
    return str(Side(winner).other) if winner in NAMES else ""


def _edits(session: Session, connection_id: int, page: RecordPage, line: FieldLine) -> Iterator[Event]:
    """The latest edit that people made on each side, as far as it was seen: at our time, its evidence at the side's."""
    for side in SIDES:
        record = page.records.get(side)
        if record is None:
            continue
        here = (RecordRow.connection_id == connection_id) & (RecordRow.side == side.value)
        edits = session.scalar(select(RecordRow.edits).where(here, RecordRow.ref == record.ref)) or {}
        edit = edits.get(line.rule.key)
        if edit:
            at = _our_time(session, connection_id, side, datetime.fromisoformat(edit["until"]))
            yield Event(at, "edited", side.value, edit["by"], None, None, "", {side.value: edit})


def _our_time(session: Session, connection_id: int, side: Side, theirs: datetime) -> datetime:
    """By the side's clock as it was last measured; what is older than a jump of that clock stays as it was stamped."""
    mine = (SideRow.connection_id == connection_id, SideRow.side == side.value)
    clock = session.execute(
        select(SideRow.clock_offset, SideRow.clock_uncertainty, SideRow.clock_jumped_at).where(*mine)
    ).one()
    ours = theirs - timedelta(seconds=clock.clock_offset)
    jumped = clock.clock_jumped_at is not None and ours < clock.clock_jumped_at
    return theirs if jumped or abs(clock.clock_offset) <= clock.clock_uncertainty else ours


def _sentence(page: RecordPage, line: FieldLine, chain: tuple[Event, ...]) -> str:
    if len(page.records) < len(SIDES) or page.link is None:
        return "The record has no partner: the value is whatever people typed there, and Concord never wrote it."
    if line.conflict is not None:
        return f"The two sides differ and a conflict about it is open: {line.conflict.why}"
    wrote = next((event for event in chain if event.what == "wrote"), None)
    if line.state in {"waiting", "stays"}:
        return f"It has been edited since the two sides last agreed; {_held(page, line)}"
    if wrote is None:
        return "Concord never wrote it: both sides show what people typed there, before they were linked or since."
    where, moment = NAMES[wrote.side], f"{wrote.at:%Y-%m-%d %H:%M:%S} UTC"
    if wrote.after is not None and line.now[Side(wrote.side)] != wrote.after:
        return f"People have edited it since Concord last wrote it in {where}, at {moment}, and both sides agree."
    typed = wrote.evidence.get(str(Side(wrote.side).other), {}).get("by")
    who = f", by {typed}" if typed else ""
    return f"Sync {wrote.run} wrote it in {where} at {moment}, because {wrote.why.rstrip('.')}{who}."


def _held(page: RecordPage, line: FieldLine) -> str:
    """What becomes of an edit that has not been carried."""
    asked = next((question for question in page.questions if question.status == "open"), None)
    if asked is not None:
        return f"it stays where it is while a question is open: {asked.text}"
    if page.link is not None and page.link.status == "suspended":
        return "it stays where it is while the record is not opted in."
    if page.link is not None and page.link.status == "closed":
        return f"it stays where it is: the two are no longer linked. {page.link.closed_because}".strip()
    if line.state == "stays":
        return "it stays where it is while a record of the pair no longer stands."
    return "the next sync decides about it."


def _other(side: str) -> str:
    return NAMES[str(Side(side).other)]


def as_json(found: Why) -> dict[str, Any]:
    """The answer in the shape of `why --json`."""
    values: dict[str, Json] = {side.value: json_of(value) for side, value in found.values.items()}
    chain = [
        {
            "at": event.at.isoformat(),
            "what": event.what,
            "side": event.side or None,
            "by": event.by or None,
            "from": json_of(event.before),
            "to": json_of(event.after),
            "why": event.why,
            "edited": {side: dict(edit) for side, edit in event.evidence.items()},
            "run": event.run,
            "rules_version": event.rules_version,
            "conflict": event.conflict,
        }
        for event in found.chain
    ]
    return {"ref": str(found.ref), "field": found.field, "values": values, "sentence": found.sentence, "chain": chain}
