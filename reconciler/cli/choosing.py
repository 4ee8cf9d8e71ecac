"""The command for a sign-in to Xero that reaches several organisations: which they are, and which is meant."""

from __future__ import annotations

import argparse

from sqlalchemy.orm import Session

from reconciler import bootstrap
from reconciler.cli import given, output
from reconciler.commands import connections
from reconciler.commands import drafts as drafting
from reconciler.core.model import Side
from reconciler.desk import make_desk
from reconciler.errors import Several, Usage
from reconciler.queries import drafts
from reconciler.settings import Settings


def organisations(settings: Settings, args: argparse.Namespace) -> int:
    """List them, or choose one, for a connection that is being set up in the portal."""
    engine = bootstrap.open_database(settings)
    with Session(engine) as session:
        draft = next((each for each in drafts.drafts(session) if each.name == args.name), None)
        if draft is None:
            raise Usage(
                f"No connection {args.name!r} is being set up.", remedy="Begin it in the portal, or see its name."
            )
        desk, who, now = make_desk(settings, engine), given.who(), given.now()
        try:
            drafting.check(session, desk, draft.id, Side.XERO, organisation=args.choose, by=who, now=now)
        except Several as found:
            return _listed(session, found, args)
        settled = drafts.draft(session, draft.id)
    return _told(settled.sides[Side.XERO] if settled else None, args)


def _listed(session: Session, found: Several, args: argparse.Namespace) -> int:
    rows = [
        {
            "id": one.id,
            "name": one.name,
            "environment": one.environment,
            "connection": connections.named(session, Side.XERO, one.id),
        }
        for one in found.organisations
    ]
    if args.json:
        output.show(rows)
        return 0
    for row in rows:
        taken = f"  (connected already: {row['connection']})" if row["connection"] else ""
        print(f"{row['id']}  {row['name']}, {row['environment']}{taken}")
    output.say("Choose one with --choose ID.")
    return 0


def _told(side: drafts.DraftSideView | None, args: argparse.Namespace) -> int:
    if side is None:
        raise Usage("It is no longer being set up.")
    if args.choose and side.organisation_id.lower() != args.choose.lower():
        raise Usage(f"{side.organisation_name} is settled already.", remedy="Give the set-up up, and begin it again.")
    if args.json:
        output.show([{"id": side.organisation_id, "name": side.organisation_name, "environment": side.environment}])
    else:
        print(f"{args.name} works with {side.organisation_name} ({side.organisation_id}).")
    return 0
