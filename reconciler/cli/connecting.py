"""Commands that join two organisations, look them over and part them again."""

from __future__ import annotations

import argparse

from sqlalchemy.orm import Session

from reconciler import bootstrap, doctor, metadata, reports, running
from reconciler.cli import given, output
from reconciler.cli.ending import listening
from reconciler.cli.opening import opened
from reconciler.commands import connections, drafts, first, rules
from reconciler.commands.desk import Client, Desk
from reconciler.core.model import SIDES, Side
from reconciler.desk import make_desk
from reconciler.errors import Usage
from reconciler.queries import first as first_rows
from reconciler.rules import shipped
from reconciler.settings import Settings


def connect(settings: Settings, args: argparse.Namespace) -> int:
    """Join two organisations."""
    urls, desk = {Side.SALESFORCE: args.salesforce_url, Side.XERO: args.xero_url}, make_desk(settings)
    with Session(bootstrap.open_database(settings)) as session:
        made = connections.connect(
            session,
            desk,
            name=args.name,
            urls=urls,
            credentials={side: _client(desk, side, urls[side]) for side in SIDES},
            by=given.who(),
            now=given.now(),
            rules=given.text(args.rules) if args.rules else "",
            activate=args.activate,
            confirm=args.confirm,
        )
        other = connections.shared_with(session, made)
    if other:
        output.say(
            f"{other} joins the same two organisations: let only one of the two write, or each undoes the other."
        )
    state = "active" if args.activate else "read-only until it is activated"
    print(f"Connected {args.name} (number {made}): {state}.")
    return 0


def _client(desk: Desk, side: Side, url: str) -> Client:
    """What the app signs in with; without it a vendor would only say that it does not know us."""
    given = desk.usual(side, desk.origin(side, url))
    if not all(given):
        names = " and ".join(f"CONCORD_{side.name}_CLIENT_{what}" for what in ("ID", "SECRET"))
        raise Usage(f"There is nothing to sign in to {side.name.title()} with.", remedy=f"Set {names}.")
    return given


@opened
def activate(session: Session, connection_id: int, _args: argparse.Namespace) -> int:
    """Let runs write."""
    connections.activate(session, connection_id, by=given.who(), now=given.now())
    print("Runs of this connection write from now on.")
    return 0


def reconnect(settings: Settings, args: argparse.Namespace) -> int:
    """Sign one side in again by the app's own credentials."""
    side, now = Side(args.side), given.now()
    engine = bootstrap.open_database(settings)
    with Session(engine) as session:
        drafts.sign_in_again(
            session,
            make_desk(settings, engine),
            given.connection(engine, args.connection),
            side,
            by=given.who(),
            now=now,
        )
    print(f"Signed in to {side.value} again.")
    return 0


def disconnect(settings: Settings, args: argparse.Namespace) -> int:
    """Part from both systems; the document of links and history can be kept."""
    engine = bootstrap.open_database(settings)
    connection_id = given.connection(engine, args.connection)
    with Session(engine) as session:
        if args.export:  # before anything ends: a file that cannot be written must not cost the links
            output.write(args.export, connections.as_json(connections.export_of(session, connection_id)))
        said = connections.revoke(session, make_desk(settings, engine), connection_id)
        document = connections.disconnect(session, connection_id, by=given.who(), now=given.now())
    print(f"Disconnected; both systems are as they were. {len(document['links'])} links.", *said)
    return 0


def examine(settings: Settings, args: argparse.Namespace) -> int:
    """Look both sides over, writing nothing; 1 when something needs a person."""
    works = bootstrap.make_works(settings)
    connection_id = given.connection(works.engine, args.connection)
    found = doctor.examine(works, connection_id)
    with Session(works.engine) as session:
        first.checked(session, connection_id, sound=found.sound, by=given.who(), now=works.clock.now())
    if args.json:
        output.show(found.as_json())
    else:
        print(found.as_text())
    return 0 if found.sound else 1


def first_sync(settings: Settings, args: argparse.Namespace) -> int:
    """Take one step of the first sync, or say how far it has come."""
    with listening() as told:
        return _first_sync(bootstrap.make_works(settings, told=told), args)


def _first_sync(works: running.Works, args: argparse.Namespace) -> int:
    connection_id = given.connection(works.engine, args.connection)
    report = None
    with Session(works.engine) as session:
        now = works.clock.now()
        if args.differences:
            first.choose(session, connection_id, args.differences, field=args.field, by=given.who(), now=now)
        if args.approve:
            first.approve(
                session, connection_id, given.digest(args.approve), reason=args.reason, by=given.who(), now=now
            )
    if args.match or args.differences or args.approve:
        report = running.run(works, connection_id, running.Asked(by=given.who()))
    with Session(works.engine) as session:
        found = first_rows.as_json(first_rows.first(session, connection_id))
    if args.json:
        output.show(found | {"run": report})
    else:
        print(first_rows.as_text(found))
    return reports.EXIT[report["status"]] if report else 0


def package(settings: Settings, args: argparse.Namespace) -> int:
    """Write the package of fields and rights for Salesforce."""
    kind = shipped().kinds["customer"]
    if args.connection:
        engine = bootstrap.open_database(settings)
        with Session(engine) as session:
            kind = rules.current(session, given.connection(engine, args.connection)).kinds["customer"]
    output.keep(args.out, metadata.package(kind))
    print(f"{args.out}: six fields and a permission set for Salesforce. docs/salesforce.md says how to deploy it.")
    return 0
