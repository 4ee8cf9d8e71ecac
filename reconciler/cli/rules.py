"""The command for rules as a file: export, compare, apply."""

from __future__ import annotations

import argparse
from collections.abc import Iterable

from sqlalchemy.orm import Session

from reconciler import bootstrap, doctor
from reconciler.cli import given, output
from reconciler.cli.opening import opened
from reconciler.commands import rules
from reconciler.queries import impact
from reconciler.rules import Change, changes, export, parse
from reconciler.settings import Settings


def exchange(settings: Settings, args: argparse.Namespace) -> int:
    """Export the rules, foresee what a file would change, or apply it."""
    return {"export": _export, "plan": _foresee, "apply": _apply}[args.do](settings, args)


@opened
def _export(session: Session, connection_id: int, args: argparse.Namespace) -> int:
    output.write(args.file, export(rules.current(session, connection_id)))
    return 0


def _foresee(settings: Settings, args: argparse.Namespace) -> int:
    """Salesforce is asked for its picklists first: no transaction is open meanwhile."""
    text, works = given.text(args.file), bootstrap.make_works(settings)
    connection_id = given.connection(works.engine, args.connection)
    shapes = doctor.shapes(works, connection_id)
    with Session(works.engine) as session:
        foreseen = impact.preview(session, connection_id, text, given.now(), shapes=shapes)
    if args.json:
        output.show({"version": None, **foreseen.as_json()})
    else:
        print("\n".join([*_changed(foreseen.changes), *foreseen.sentences()]))
    return 0


def _apply(settings: Settings, args: argparse.Namespace) -> int:
    text, engine = given.text(args.file), bootstrap.open_database(settings)
    connection_id = given.connection(engine, args.connection)
    with Session(engine) as session:
        asks = rules.asks_salesforce(session, connection_id, text)
    shapes = doctor.shapes(bootstrap.make_works(settings, engine), connection_id) if asks else None
    with Session(engine) as session:
        old = rules.current(session, connection_id)
        found = changes(old, parse(text, old))
        version = rules.save(
            session, connection_id, text, by=given.who(), now=given.now(), note=args.file, shapes=shapes
        )
    if args.json:
        output.show({"version": version, "changes": [[c.path, c.before, c.after] for c in found]})
        return 0
    print("\n".join([*_changed(found), f"Saved as version {version}."]))
    return 0


def _changed(found: Iterable[Change]) -> list[str]:
    return [f"{change.path}: {change.before or '-'} -> {change.after or '-'}" for change in found]
