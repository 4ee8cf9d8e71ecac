"""Commands for what waits for a person: conflicts, questions and what a vendor refused."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from reconciler import bootstrap
from reconciler.cli import given, output
from reconciler.cli.opening import opened
from reconciler.commands import conflicts, questions, rejections
from reconciler.core.model import Side
from reconciler.queries import conflicts as conflict_rows
from reconciler.queries import duplicates, work
from reconciler.queries import questions as question_rows
from reconciler.queries import rejections as rejection_rows
from reconciler.queries.rows import Page
from reconciler.queries.work import Hand
from reconciler.settings import Settings

T = TypeVar("T")


def _listing(
    rows: Callable[..., Page[T]], as_json: Callable[[T], dict[str, Any]], what: str, telling: str
) -> Callable[[Session, int, argparse.Namespace], int]:
    """The command that lists one kind of what waits; `telling` is the key that says most, for people."""

    def listing(session: Session, connection_id: int, args: argparse.Namespace) -> int:
        def page(after: int | None) -> Page[T]:
            return rows(session, connection_id, args.status, after=after, limit=output.PAGE, hand=_hand(args))

        return _list(session, args, what, [as_json(row) for row in output.every(page)], telling)

    return listing


list_conflicts = opened(_listing(conflict_rows.conflicts, conflict_rows.as_json, "conflict", "values"))
list_questions = opened(_listing(question_rows.questions, question_rows.as_json, "question", "choices"))
list_rejections = opened(_listing(rejection_rows.rejections, rejection_rows.as_json, "rejection", "message"))


@opened
def list_duplicates(session: Session, connection_id: int, args: argparse.Namespace) -> int:
    """What one side is likely to hold twice."""
    side = Side(args.side) if args.side else None
    cut: set[str] = set()

    def page(after: int | None) -> duplicates.Groups:
        groups = duplicates.duplicates(session, connection_id, side, after=after, limit=output.PAGE)
        cut.update(groups.cut)
        return groups

    found = list(output.every(page))
    if cut:
        output.say(duplicates.caveat(sorted(cut)))
    if args.json:
        output.show([duplicates.as_json(group) for group in found])
        return 0
    for group in found:
        print(f"{group.side}: {', '.join(group.reasons)}")
        for record in group.records:
            print(f"  {record.ref}  {record.name}{'  (linked)' if record.linked else ''}")
    if not found:
        print("No duplicates found.")
    return 0


def _hand(args: argparse.Namespace) -> Hand:
    """Scripts see everything that waits, put off or not, unless they ask for less."""
    if args.snoozed:
        return Hand(work.SNOOZED, now=given.now())
    return Hand(work.NOBODYS if args.unassigned else work.MINE if args.assigned else "", args.assigned)


def _list(session: Session, args: argparse.Namespace, what: str, rows: list[dict[str, Any]], telling: str) -> int:
    if args.json:
        found = work.work(session, what, [row["id"] for row in rows])
        rows = [row | work.as_json(found[row["id"]]) for row in rows]
        output.show(rows)
        return 0
    for row in rows:
        print(f"{row['id']:>6}  {row['status']:<9} {row.get('field') or row.get('type')}: {row[telling]}")
    if not rows:
        print("Nothing waits.")
    return 0


def resolve(settings: Settings, args: argparse.Namespace) -> int:
    """Decide a conflict, or decide otherwise what was decided."""
    with Session(bootstrap.open_database(settings)) as session:
        conflicts.decide(
            session,
            args.id,
            by=given.who(),
            now=given.now(),
            take=Side(args.take) if args.take else None,
            value=given.value(args.value),
            reason=args.reason,
        )
    print(f"Conflict {args.id} is decided; the next run carries it out.")
    return 0


def answer(settings: Settings, args: argparse.Namespace) -> int:
    """Answer a question."""
    with Session(bootstrap.open_database(settings)) as session:
        now = given.now()
        questions.answer(session, args.id, args.choice, by=given.who(), now=now, reason=args.reason)
    print(f"Question {args.id} is answered; the next run carries it out.")
    return 0


def retry(settings: Settings, args: argparse.Namespace) -> int:
    """Try a rejection again with the next run."""
    with Session(bootstrap.open_database(settings)) as session:
        if args.value is None:
            rejections.retry(session, args.id, by=given.who(), now=given.now())
        else:
            typed = given.value(args.value)
            asked = {"field": args.field, "reason": args.reason}
            rejections.edit(session, args.id, typed, by=given.who(), now=given.now(), **asked)
    print(f"Rejection {args.id} is tried again by the next run.")
    return 0
