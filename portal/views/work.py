"""Taking what waits in hand: to whom it is given, until when it is put off, what people write beside it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

from flask import Blueprint, abort, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.access import needs
from portal.asking import done, signed, written
from portal.clock import now
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from reconciler.commands import work as handing
from reconciler.queries import conflicts, people, questions, rejections, work
from reconciler.queries.work import Hand

bp = Blueprint("work", __name__, url_prefix="/c/<int:connection_id>/work/<what>/<int:item>")

LONGEST = 365  # days
KNOWN = {"conflict": conflicts.conflict, "question": questions.question, "rejection": rejections.rejection}
PAGES = {"conflict": "review.show", "question": "questions.show", "rejection": "fixing.show"}


def hand() -> Hand:
    """Whose work the address asks for; 404 for a choice that there is not."""
    whose = request.args.get("whose", "")
    if whose not in work.WHOSE:
        abort(404)
    return Hand(whose, str(current_user.name), now())


@bp.post("/assign")
@needs(Role.REVIEWER)
def assign(what: str, item: int) -> ResponseReturnValue:
    page = _page(what, item)
    to = written("to", 80)
    handing.assign(db.session(), what, item, to, **signed())
    return done(f"It is {to}’s now." if to else "It is nobody’s now.", page)


@bp.post("/snooze")
@needs(Role.REVIEWER)
def snooze(what: str, item: int) -> ResponseReturnValue:
    page = _page(what, item)
    days = request.form.get("for", type=int)
    if days is None or not 1 <= days <= LONGEST:
        abort(404)
    until = now() + timedelta(days=days)
    handing.snooze(db.session(), what, item, until, **signed())
    return done(f"Put off until {until:%d %B}; it comes back by itself.", page)


@bp.post("/wake")
@needs(Role.REVIEWER)
def wake(what: str, item: int) -> ResponseReturnValue:
    page = _page(what, item)
    handing.snooze(db.session(), what, item, None, **signed())
    return done("It is back in the list.", page)


@bp.post("/comment")
@needs(Role.REVIEWER)
def comment(what: str, item: int) -> ResponseReturnValue:
    page = _page(what, item)
    handing.comment(db.session(), what, item, written("text"), **signed())
    return done("Written.", page)


def _page(what: str, item: int) -> str:
    """The page of a thing that waits in this connection."""
    if what not in KNOWN or KNOWN[what](db.session(), here().id, item) is None:
        abort(404)
    name = {"conflict": "conflict_id", "question": "question_id", "rejection": "rejection_id"}[what]
    address: dict[str, Any] = {name: item}
    return url_for(PAGES[what], **address)


def taken(what: str, items: Iterable[int]) -> dict[str, Any]:
    """What a list of things that wait needs to show who has them in hand."""
    names = [each.name for each in people.people(db.session()) if each.disabled_at is None]
    return {"work": work.work(db.session(), what, list(items)), "persons": names}
