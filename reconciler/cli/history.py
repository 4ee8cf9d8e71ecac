"""The command line looks back: undo, unlink, relink, why, history and proof.  Results on standard output."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reconciler import bootstrap, reports, retold, running
from reconciler.cli import given, output
from reconciler.cli.ending import listening
from reconciler.commands import undo as undoing
from reconciler.core.undo import Scope
from reconciler.errors import Usage
from reconciler.queries import plans, proof, why
from reconciler.settings import Settings


def undo(settings: Settings, args: argparse.Namespace) -> int:
    """Take back a run, a record of it or a field; with --plan-only only say what that would do."""
    with listening() as told:
        return _undo(bootstrap.make_works(settings, told=told), args)


def _undo(works: running.Works, args: argparse.Namespace) -> int:
    scope = Scope(args.run, given.ref(args.record) if args.record else None, args.field)
    with Session(works.engine) as session:
        connection = undoing.connection_of(session, scope)
        if args.plan_only:
            found = undoing.propose(session, scope, by=given.who(), now=given.now())
            return _proposed(session, connection, found.plan_id, json_too=args.json)
    report = running.run(works, connection, running.Asked(by=given.who(), reason=args.reason, undo=scope))
    if report.get("plan_id"):
        with Session(works.engine) as session:
            report |= _told(session, connection, report["plan_id"])
    if args.json:
        output.show(report)
    else:
        print(f"Sync {report['run_id']}: {report['status']}. {report.get('message', '')}".rstrip())
        _say_left(report)
    return reports.EXIT[report["status"]]


def _proposed(session: Session, connection: int, plan_id: int, *, json_too: bool) -> int:
    plan = plans.plan(session, connection, plan_id)
    if plan is None:
        raise Usage(f"There is no plan {plan_id}.", remedy="Make it again.")
    document = {"digest": plan.digest, "halted": plan.halted, **_told(session, connection, plan_id)}
    document["actions"] = undoing.listed(session, plan_id)
    if json_too:
        output.show(document)
    else:
        print(f"Plan {plan.digest[:12]}: {plan.total} changes. Carry it out with `run --plan {plan.digest[:12]}`.")
        for action in document["actions"]:
            changes = "; ".join(f"{key}: {c['from']!r} becomes {c['to']!r}" for key, c in action["fields"].items())
            print(f"  {action['do']} {action['ref']}: {changes or action['why']}")
        _say_left(document)
    return reports.EXIT["halted"] if plan.halted else 0


def _told(session: Session, connection: int, plan_id: int) -> dict[str, Any]:
    plan = plans.plan(session, connection, plan_id)
    told = plan.summary.get("undo", {}) if plan else {}
    return {"left": told.get("left", []), "by_hand": told.get("by_hand", [])}


def _say_left(document: Mapping[str, Any]) -> None:
    for left in document.get("left", ()):
        print(f"  left alone: {left['ref']} {left['field']}: {left['why']}")
    for asked in document.get("by_hand", ()):
        print(f"  by hand: {asked['text']}")


def unlink(settings: Settings, args: argparse.Namespace) -> int:
    """Part a record from its partner."""
    engine = bootstrap.open_database(settings)
    with Session(engine) as session:
        now = given.now()
        chosen = _chosen(engine, args)
        undoing.unlink(session, given.ref(args.ref), by=given.who(), now=now, reason=args.reason, connection_id=chosen)
    print("Parted: both records stay as they are, and neither is linked or created anew by itself.")
    return 0


def relink(settings: Settings, args: argparse.Namespace) -> int:
    """Link a record again with the partner it was parted from."""
    engine = bootstrap.open_database(settings)
    with Session(engine) as session:
        chosen = _chosen(engine, args)
        undoing.relink(session, given.ref(args.ref), by=given.who(), now=given.now(), connection_id=chosen)
    print("Linked again: the next sync looks at what has changed since, and asks where both sides did.")
    return 0


def why_is(settings: Settings, args: argparse.Namespace) -> int:
    """Say why a field is what it is."""
    engine, ref = bootstrap.open_database(settings), given.ref(args.ref)
    with Session(engine) as session:
        connection = _chosen(engine, args) or why.connection_of(session, ref)
        found = why.why(session, connection, ref, args.field)
    document = why.as_json(found)
    if args.json:
        output.show(document)
        return 0
    print(found.sentence)
    for event in document["chain"]:
        where = f" in {event['side']}" if event["side"] else ""
        run = f", sync {event['run']} under rules version {event['rules_version']}" if event["rules_version"] else ""
        change = f": {event['from']!r} became {event['to']!r}" if event["what"] == "wrote" else ""
        who = event["by"] or "somebody"
        print(f"  {event['at']}  {event['what']}{where} by {who}{change}{run}  {event['why']}".rstrip())
        _say_evidence(event["edited"])
    return 0


def _say_evidence(edited: Mapping[str, Mapping[str, Any]]) -> None:
    """Who typed it and when, as far as it is known, and what the side's own history says."""
    for side, edit in edited.items():
        when = f"between {edit['after']} and {edit['until']}" if edit["grade"] == "interval" else f"at {edit['until']}"
        print(f"      {side}: {edit['by'] or 'somebody'} {when}, by the {_GRADES[edit['grade']]}")
        for line in edit.get("told", ()):
            print(f"        {side} says: {line}")


_GRADES = {"field": "field history", "record": "record's change time", "interval": "readings"}


def told(settings: Settings, args: argparse.Namespace) -> int:
    """Quote what both systems themselves tell of a record and its partner."""
    works, ref = bootstrap.make_works(settings), given.ref(args.ref)
    with Session(works.engine) as session:
        connection = _chosen(works.engine, args) or why.connection_of(session, ref)
    found = retold.histories(works, connection, ref)
    if args.json:
        output.show({side.value: one.as_json() for side, one in found.items()})
        return 0
    for side, one in found.items():
        print(f"{side} {one.ref.id}{': ' + one.missing if one.missing else ''}")
        for line in one.lines:
            print(f"  {line.text}")
    return 0


def prove(settings: Settings, args: argparse.Namespace) -> int:
    """List every record ever written, with the proof that it was shared by somebody's say."""
    engine = bootstrap.open_database(settings)
    with Session(engine) as session:
        connection = given.connection(engine, args.connection)
        rows = output.every(lambda after: proof.proofs(session, connection, after, output.PAGE))
        if args.json:
            output.show([proof.as_json(row) for row in rows])
            return 0
        for row in rows:
            print(f"{row.at}  {row.do:<7} {row.ref}  {row.text}")
    return 0


def _chosen(engine: Engine, args: argparse.Namespace) -> int | None:
    return given.connection(engine, args.connection) if args.connection else None
