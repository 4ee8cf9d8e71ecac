"""A small firm's Concord after two busy days, written straight into the tables: every page has something to show.

Times are told backwards from `NOW`, so that a page reads the same whenever the test runs.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy.orm import Session

from reconciler import rules
from reconciler.core.schema import ADDRESS
from reconciler.core.values import name_key
from reconciler.store.tables import (
    ActionRow,
    BudgetRow,
    ConflictRow,
    ConnectionRow,
    EventRow,
    HeartbeatRow,
    LinkRow,
    PlanRow,
    QuestionRow,
    RecordRow,
    RejectionRow,
    RulesRow,
    RunRow,
    SideRow,
    UserRow,
)

NOW = datetime(2026, 3, 17, 9, 30, 12, tzinfo=UTC)
NASTY = '<script>alert("x")</script> & Söhne'

NAMES = (
    "Aurora Brewing Co",
    "Blixt & Søn ApS",
    "Café Zürich GmbH",
    "Duck Creek Engineering Pty Ltd",
    "Étoile du Nord SARL",
    "Ferntree Gully Landscaping",
    "Grünwald Maschinenbau AG",
    "Harbour City Plumbing and Gas Fitting (Auckland and Northland) Limited",
    "Ivory Coast Imports",
    "Jónsson og dætur ehf.",
    "Kōwhai Early Learning Centre",
    NASTY,
)


HERE = ["6 King Street\nUnit 2", "Melbourne", "VIC", "3000", "Australia"]
THERE = ["6 Kings Street\nUnit 2", "Melbourne", "VIC", "3001", "Australia"]
EDITS: dict[int, tuple[dict[str, Any], dict[str, Any]]] = {  # by pair: what each side shows besides what was agreed
    1: ({"phone": "+64 21 555 111"}, {"phone": "+64 9 555 9999"}),
    3: ({"phone": "+64 21 555 111"}, {}),
    6: ({"billing": HERE}, {"billing": THERE}),
    7: ({"email": "ar@example.com"}, {}),
    12: ({}, {"name": "Soehne <b>GmbH</b>"}),
}


def ago(**parts: float) -> datetime:
    """A moment before now."""
    return NOW - timedelta(**parts)


def salesforce_id(number: int) -> str:
    """An Account's id."""
    return f"001Ws00000{number:05d}IAA"


def xero_id(number: int) -> str:
    """A Contact's id."""
    return f"c0ffee00-0000-4000-8000-{number:012d}"


def fill(session: Session) -> None:
    """Write everything; ids start at 1 and follow the order here."""
    _people(session)
    _connection(session)
    _records(session)
    _runs(session)
    _conflicts(session)
    _questions(session)
    _rejections(session)
    _events(session)
    session.commit()


def add_person(session: Session, name: str, role: str, password: str = "unusable") -> UserRow:
    """Let somebody in, with a hash given as it is."""
    row = UserRow(name=name, role=role, password=password, stamp=f"stamp-of-{name}", created_at=ago(days=30))
    session.add(row)
    session.commit()
    return row


def _people(session: Session) -> None:
    add_person(session, "Ada", "administrator")
    add_person(session, "Rui", "reviewer")
    add_person(session, "Vera", "viewer")


def _connection(session: Session) -> None:
    session.add(
        ConnectionRow(
            id=1,
            name="Northwind",
            created_at=ago(days=20),
            activated_at=ago(days=19),
            activated_by="Ada",
            next_run_at=NOW + timedelta(minutes=6),
            rules_version=2,
        )
    )
    session.flush()
    shared: dict[str, Any] = {"environment": "sandbox", "clock_uncertainty": 0.6, "remaining_day": 4_312}
    session.add(
        SideRow(
            connection_id=1,
            side="salesforce",
            url="https://northwind.my.salesforce.com",
            organisation_id="00DWs0000000001MAA",
            organisation_name="Northwind Trading",
            user="concord@northwind.example",
            read_up_to=ago(minutes=19),
            read_at=ago(minutes=9),
            clock_offset=0.2,
            **shared,
        )
    )
    session.add(
        SideRow(
            connection_id=1,
            side="xero",
            url="https://api.xero.com",
            organisation_id="f00d",
            user="Concord",
            organisation_name="Northwind Trading Ltd",
            read_up_to=ago(minutes=10),
            read_at=ago(minutes=9),
            clock_offset=-3.4,
            **shared,
        )
    )
    text = rules.export(rules.shipped())
    session.add(RulesRow(connection_id=1, version=1, document=text, saved_at=ago(days=20), saved_by="Ada"))
    turned = rules.export(rules.with_field(rules.shipped(), "customer", "fax", flow="S2X"))
    session.add(
        RulesRow(connection_id=1, version=2, document=turned, saved_at=ago(days=2), saved_by="Ada", note="Fax: S2X")
    )
    session.add(HeartbeatRow(name="scheduler", at=ago(seconds=3)))
    spent = {"day_from": ago(hours=9).isoformat(), "used": 688, "left": 4_312, "limit": 5_000}
    session.add(BudgetRow(connection_id=1, side="xero", account=spent))


def shared_fields(number: int, name: str) -> dict[str, Any]:
    """What a record shows, the same on both sides."""
    return {
        "name": name,
        "account_number": f"C-{1000 + number}",
        "email": f"accounts{number}@example.org" if number % 4 else "",
        "phone": f"+64 9 555 {number:04d}",
        "fax": "",
        "website": f"https://www.example{number}.org",
        "tax_number": f"{87654321 + number}",
        "billing": [f"{number} Queen Street\nLevel {number}", "Auckland", "", f"10{number:02d}", "New Zealand"],
        "shipping": [""] * len(ADDRESS),
    }


def _records(session: Session) -> None:
    for number, name in enumerate(NAMES, 1):
        fields = shared_fields(number, name)
        salesforce, xero = salesforce_id(number), xero_id(number)
        session.add(
            LinkRow(
                id=number,
                connection_id=1,
                kind="customer",
                salesforce=salesforce,
                xero=xero,
                pending=number == 3,
                baseline_salesforce=fields,
                baseline_xero=fields,
                created_at=ago(days=19),
                agreed_at=ago(hours=number),
            )
        )
        ours, theirs = (fields | edits for edits in EDITS.get(number, ({}, {})))
        _record(session, "salesforce", salesforce, ours, link_id=number, partner=xero, flag=True)
        _record(session, "xero", xero, theirs, link_id=number, partner=salesforce)
    _record(
        session, "salesforce", salesforce_id(900), shared_fields(90, "Aurora Brewing"), unlinked="question", flag=True
    )
    _record(session, "xero", xero_id(901), shared_fields(91, "Lonely Supplier Ltd"), unlinked="out")


def _record(session: Session, side: str, ref: str, fields: dict[str, Any], **more: Any) -> None:
    session.add(
        RecordRow(
            connection_id=1,
            side=side,
            ref=ref,
            kind="customer",
            version="v1",
            status="active",
            fields=fields,
            changed_at=ago(hours=2),
            edited_at=ago(hours=2),
            read_at=ago(minutes=9),
            pending=False,
            name_key=name_key(fields["name"]),
            details={"by": "Jane Doe", "groups": []},
            **more,
        )
    )


def report(**more: Any) -> dict[str, Any]:
    """A run's report, with nothing done unless said."""
    return {
        "actions": {}, "conflicts": {"opened": 0, "decided": 0, "closed": 0}, "questions": 0, "rejections": 0,
        "calls": {"salesforce": 1, "xero": 1}, "seconds": 0.8, "own_seconds": 0.04, **more,
    }  # fmt: skip


def _runs(session: Session) -> None:
    session.add(PlanRow(id=1, connection_id=1, digest="a" * 64, rules_version=2, made_at=ago(hours=3), status="done"))
    held: list[Any] = [{"limit": "creates", "allowed": 100, "found": 140, "kind": "customer", "side": "xero"}]
    session.add(
        PlanRow(
            id=2, connection_id=1, digest="b" * 64, rules_version=2, made_at=ago(days=1), status="held", halted=held
        )
    )
    session.flush()
    busy = report(
        actions={"update": {"salesforce": 0, "xero": 2}, "create": {"salesforce": 0, "xero": 1}},
        conflicts={"opened": 3, "decided": 2, "closed": 0}, questions=1, rejections=1,
    )  # fmt: skip
    _run(
        session, 1, ago(days=2), status="unavailable", message="Xero cannot be reached. It is tried again in 5 minutes."
    )
    _run(session, 2, ago(days=1), status="halted", plan_id=2, report=report())
    _run(session, 3, ago(hours=3), status="open", plan_id=1, report=busy)
    for number in range(4, 9):
        _run(session, number, ago(minutes=15 * (10 - number)), status="done", report=report())
    _actions(session)


def _run(session: Session, number: int, at: datetime, **more: Any) -> None:
    times = {"asked_at": at, "started_at": at, "finished_at": at + timedelta(seconds=2.4)}
    session.add(RunRow(id=number, connection_id=1, asked_by="schedule", **times, **more))


def _actions(session: Session) -> None:
    why = "Edited in Salesforce only; Xero still showed the last agreed value."
    phone = {"phone": {"from": "+64 9 555 0002", "to": "+64 21 555 222"}}
    billing = {
        "billing": {
            "from": ["1 Old Road", "Auckland", "", "1010", "New Zealand"],
            "to": ["5 Queen Street", "Auckland", "", "1010", "New Zealand"],
        }
    }
    steps = (("update", 2, phone, "settled"), ("update", 5, billing, "settled"), ("create", 4, phone, "refused"))
    for seq, (do, number, fields, state) in enumerate(steps, 1):
        side, ref = ("xero", xero_id(number)) if do == "update" else ("salesforce", salesforce_id(number))
        session.add(
            ActionRow(
                plan_id=1,
                connection_id=1,
                run_id=3,
                seq=seq,
                do=do,
                kind="customer",
                side="xero",
                ref=f"{side}:{ref}",
                source=f"salesforce:{salesforce_id(number)}",
                link_id=number,
                fields=fields,
                why=why,
                state=state,
                intended_at=ago(hours=3),
                settled_at=ago(hours=3),
            )
        )
    session.add(
        ActionRow(
            plan_id=2,
            connection_id=1,
            run_id=2,
            seq=1,
            do="create",
            kind="customer",
            side="xero",
            ref=f"salesforce:{salesforce_id(900)}",
            fields={"name": {"from": "", "to": NASTY}},
            why="Opted in.",
        )
    )


def edit(by: str, minutes: float, grade: str = "record") -> dict[str, str]:
    """Evidence as the store keeps it."""
    after, until = ago(minutes=minutes + 15), ago(minutes=minutes)
    return {"by": by, "after": after.isoformat(), "until": until.isoformat(), "grade": grade}


def add_conflict(session: Session, number: int, field: str, ours: Any, theirs: Any, **more: Any) -> ConflictRow:
    """A conflict of the linked pair `number`."""
    base = shared_fields(number, NAMES[number - 1])[field]
    row = ConflictRow(
        **{
            "connection_id": 1, "link_id": number, "kind": "customer", "field": field, "status": "open",
            "salesforce": salesforce_id(number), "xero": xero_id(number), "name": NAMES[number - 1], "run_id": 3,
            "reason": "clash", "values": {"salesforce": ours, "xero": theirs}, "opened_at": ago(hours=3),
            "baseline": {"salesforce": base, "xero": base}, "proposed": "xero",
            "value": None, "edited": {"salesforce": edit("Jane Doe", 40), "xero": edit("", 20, "interval")},
            "why": "Both were edited, and it cannot be told who was last.",
            **more,
        }
    )  # fmt: skip
    session.add(row)
    return row


def _conflicts(session: Session) -> None:
    add_conflict(session, 1, "phone", "+64 21 555 111", "+64 9 555 9999")
    add_conflict(session, 6, "billing", HERE, THERE, proposed="")
    add_conflict(session, 12, "name", NASTY, "Soehne <b>GmbH</b>", reason="first", baseline={}, edited={})
    values = {"salesforce": "ar@example.com", "xero": "accounts7@example.org"}
    chosen = {"winner": "salesforce", "by": "Rui", "reason": "Confirmed", "value": "ar@example.com", "shown": values}
    add_conflict(session, 7, "email", *values.values(), decision=chosen, winner="salesforce", by="Rui")
    decided = {"status": "decided", "decided_at": ago(hours=3), "proposed": ""}
    last = "Xero was edited 14 minutes later than Salesforce: the last writer stands."
    add_conflict(
        session,
        8,
        "phone",
        "+64 1",
        "+64 9 555 0008",
        winner="xero",
        by="rule",
        value="+64 9 555 0008",
        why=last,
        **decided,
    )
    back = "Fax flows from Salesforce: the edit made in Xero was put back."
    add_conflict(
        session, 9, "fax", "111", "222", winner="salesforce", by="rule", reason="direction", why=back, **decided
    )
    add_conflict(session, 5, "fax", "5", "", winner="salesforce", by="Rui", why="Rui: they still use it.", **decided)
    closed = {"status": "closed", "closed_at": ago(hours=1), "closed_because": "Both sides show the same value now."}
    add_conflict(session, 10, "phone", "+64 3", "+64 3", **closed)


def _questions(session: Session) -> None:
    about = f"salesforce:{salesforce_id(900)}"
    session.add(
        QuestionRow(
            connection_id=1,
            type="match",
            kind="customer",
            about=about,
            refs=[about, f"xero:{xero_id(1)}"],
            choices=[f"covered:xero:{xero_id(1)}", "create_as", "leave"],
            text="Aurora Brewing may be Aurora Brewing Co, which is linked.",
            opened_at=ago(hours=3),
            run_id=3,
        )
    )
    session.add(
        QuestionRow(
            connection_id=1,
            type="archived",
            kind="customer",
            about=f"xero:{xero_id(5)}",
            refs=[f"xero:{xero_id(5)}"],
            choices=["retire", "leave"],
            status="answered",
            answer="leave",
            by="Rui",
            reason="Still a customer",
            opened_at=ago(days=3),
            answered_at=ago(days=2),
        )
    )


def _rejections(session: Session) -> None:
    session.add(
        RejectionRow(
            connection_id=1,
            kind="customer",
            side="xero",
            ref=f"salesforce:{salesforce_id(4)}",
            link_id=4,
            name=NAMES[3],
            code="VALIDATION",
            field="email",
            message="Xero refused the e-mail address: it is not valid.",
            remedy="Correct the e-mail address in Salesforce; it is then tried again by itself.",
            retry="fix_data",
            attempted={"email": "accounts@"},
            run_id=3,
            opened_at=ago(hours=3),
            attempts=2,
        )
    )
    session.add(
        RejectionRow(
            connection_id=1,
            kind="customer",
            side="salesforce",
            ref=f"salesforce:{salesforce_id(5)}",
            name=NAMES[4],
            code="UNABLE_TO_LOCK_ROW",
            message="Salesforce was busy with this record.",
            retry="wait",
            status="closed",
            opened_at=ago(days=2),
            closed_at=ago(days=2),
            closed_because="The next sync wrote it.",
        )
    )


def _events(session: Session) -> None:
    for at, by, what, subject in (
        (ago(days=20), "Ada", "connection.made", "Northwind Trading"),
        (ago(days=2), "Ada", "rules.saved", "version 2"),
        (ago(hours=4), "Rui", "conflict.resolved", "4"),
    ):
        session.add(EventRow(connection_id=1, at=at, by=by, what=what, subject=subject, details={"note": NASTY}))
    session.add(EventRow(connection_id=None, at=ago(hours=5), by="Rui", what="person.signed_in", subject="Rui"))
