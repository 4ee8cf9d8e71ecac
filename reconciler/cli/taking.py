"""Commands for taking what waits in hand, and for the mail that tells of it."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from reconciler import bootstrap
from reconciler.cli import given, output
from reconciler.commands import work
from reconciler.errors import Usage
from reconciler.mail import Postman, post, send_test
from reconciler.queries import notices
from reconciler.settings import Settings


def assign(settings: Settings, args: argparse.Namespace) -> int:
    """Give it to a person, or to nobody."""
    with Session(bootstrap.open_database(settings)) as session:
        work.assign(session, args.what, args.id, args.to, by=given.who(), now=given.now())
    print(f"The {args.what} {args.id} is {args.to or 'nobody'}'s now.")
    return 0


def snooze(settings: Settings, args: argparse.Namespace) -> int:
    """Put it out of sight until then, or bring it back."""
    with Session(bootstrap.open_database(settings)) as session:
        work.snooze(session, args.what, args.id, args.until, by=given.who(), now=given.now())
    print(f"The {args.what} {args.id} is {f'put off until {args.until:%Y-%m-%d %H:%M} UTC' if args.until else 'back'}.")
    return 0


def comment(settings: Settings, args: argparse.Namespace) -> int:
    """Write beside it."""
    with Session(bootstrap.open_database(settings)) as session:
        work.comment(session, args.what, args.id, args.text, by=given.who(), now=given.now())
    print("Written.")
    return 0


def mail(settings: Settings, args: argparse.Namespace) -> int:
    """Show how mail is set and what became of it; send a test; or look now what there is to tell."""
    set_, engine = post(settings), bootstrap.open_database(settings)
    man = Postman(set_, engine, bootstrap.WallClock())
    if args.test:
        send_test(set_, given.now())
    sent = man.look() if args.look else 0
    with Session(engine) as session:
        state = notices.mail_state(session)
    document: dict[str, Any] = {
        "server": set_.server if set_ else None,
        "from": set_.sender if set_ else None,
        "to": list(set_.recipients) if set_ else [],
        "digest_at": f"{set_.digest_at:%H:%M}" if set_ else None,
        "sent_at": _text(state.sent_at),
        "failed_at": _text(state.failed_at),
        "fault": state.fault or None,
        "sent": sent,
    }
    if args.json:
        output.show(document)
    else:
        print(_mail_text(document, tested=args.test))
    return 0


def _text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _mail_text(document: dict[str, Any], *, tested: bool) -> str:
    if document["server"] is None:
        raise Usage("No mail server is set.", remedy="Give CONCORD_SMTP_URL, CONCORD_MAIL_FROM and CONCORD_MAIL_TO.")
    everybody = ", ".join(document["to"])
    lines = [f"Mail goes through {document['server']} to {everybody}, daily at {document['digest_at']}."]
    lines += ["A test was sent."] if tested else []
    lines += [f"{document['sent']} sent now."] if document["sent"] else []
    lines += [f"Last sent: {document['sent_at'] or 'nothing yet'}."]
    lines += [f"Not sent: {document['fault']} ({document['failed_at']})"] if document["fault"] else []
    return "\n".join(lines)
