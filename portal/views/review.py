"""The review queue: conflicts to decide, decided without asking, and closed; one by one, in bulk, and by keyboard."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.access import needs
from portal.asking import done, is_fragment, number, numbers, side, signed, typed, written
from portal.extensions import db
from portal.faults import told
from portal.layout import here
from portal.people import Role
from portal.views.work import hand, taken
from portal.words import FIELDS, SIDES, listed
from reconciler.commands import conflicts as deciding
from reconciler.commands import rules, views
from reconciler.errors import Stale
from reconciler.queries import conflicts, work
from reconciler.queries.conflicts import ConflictView, Filters
from reconciler.queries.work import CONFLICT

bp = Blueprint("review", __name__, url_prefix="/c/<int:connection_id>")


@bp.get("/review")
def index() -> ResponseReturnValue:
    status = request.args.get("show", "open")
    if status not in conflicts.LISTS:
        abort(404)
    filters = Filters(_arg("field"), _arg("reason"), _arg("text"), number("run"))
    mine = hand()
    page = conflicts.conflicts(db.session(), here().id, status, filters, number("after"), hand=mine)
    return render_template(
        "review.html",
        status=status,
        filters=filters,
        page=page,
        facets=conflicts.facets(db.session(), here().id, status),
        whose=mine.whose,
        kept=work.saved_views(db.session(), here().id, str(current_user.name)),
        **taken(CONFLICT, (each.id for each in page.rows)),
        counts={each: conflicts.count(db.session(), here().id, each) for each in conflicts.LISTS},
    )


KEPT = ("show", "field", "reason", "text", "run", "whose")


@bp.post("/review/views")
@needs(Role.REVIEWER)
def keep() -> ResponseReturnValue:
    """Keep the filters of the list under a name, for this person alone; or forget them."""
    who, name = str(current_user.name), written("name", 200)
    if request.form.get("forget"):
        views.forget(db.session(), here().id, who, name)
        return done(f"“{name}” is forgotten.", url_for(".index"))
    filters: dict[str, Any] = {key: text for key in KEPT if (text := written(key, 200))}
    views.save(db.session(), here().id, who, name, filters)
    return done(f"Kept as “{name}”.", url_for(".index", **filters))


@bp.get("/conflicts/<int:conflict_id>")
def show(conflict_id: int) -> ResponseReturnValue:
    return render_template("conflict.html", conflict=_known(conflict_id), **taken(CONFLICT, [conflict_id]))


@bp.post("/conflicts/<int:conflict_id>/decide")
@needs(Role.REVIEWER)
def decide(conflict_id: int) -> ResponseReturnValue:
    try:
        conflict = _as_shown(conflict_id)
        deciding.decide(db.session(), conflict.id, reason=written("reason"), **_choice(conflict), **signed())
    except Stale as error:
        if not is_fragment():
            raise
        db.session.rollback()
        return _line(conflict_id, fault=told(error)), 409
    return _answer(conflict, f"{_title(conflict)}: decided. The next sync carries it out.")


@bp.post("/conflicts/<int:conflict_id>/withdraw")
@needs(Role.REVIEWER)
def withdraw(conflict_id: int) -> ResponseReturnValue:
    conflict = _known(conflict_id)
    deciding.withdraw(db.session(), conflict.id, **signed())
    return _answer(conflict, f"{_title(conflict)}: the decision is taken back.")


@bp.post("/conflicts/<int:conflict_id>/protect")
@needs(Role.ADMINISTRATOR)
def protect(conflict_id: int) -> ResponseReturnValue:
    """Hold edits against a one-way arrow for review from now on, instead of putting them back."""
    conflict = _known(conflict_id)
    rules.set_field(db.session(), here().id, conflict.kind, conflict.field, {"drift": "protect"}, **signed())
    text = f"From now on, edits of {_field(conflict)} against its arrow are held for review."
    return done(text, url_for(".show", conflict_id=conflict_id))


@bp.post("/review/decide")
@needs(Role.REVIEWER)
def decide_many() -> ResponseReturnValue:
    chosen = [_as_shown(each) for each in numbers("ids")]
    take = request.form.get("take", "")
    if take == "withdraw":
        for conflict in chosen:
            deciding.withdraw(db.session(), conflict.id, **signed())
        return done(f"Decisions taken back: {_named(chosen)}.", url_for(".index"))
    winner = side(take)
    ids = [conflict.id for conflict in chosen]
    deciding.resolve_many(db.session(), ids, take=winner, reason=written("reason"), **signed())
    text = f"Decided for {SIDES[winner]}: {_named(chosen)}. The next sync carries it out."
    return done(text, url_for(".index"))


def fingerprint(conflict: ConflictView) -> str:
    """What a person saw: a decision on other values, or over somebody's decision they did not see, is refused."""
    decided = [str(conflict.decision[name]) for name in ("by", "winner", "value") if name in conflict.decision]
    return repr([*sorted((side, value.text) for side, value in conflict.values.items()), *decided])


def _as_shown(conflict_id: int) -> ConflictView:
    conflict = _known(conflict_id)
    seen = request.form.get(f"seen-{conflict_id}", request.form.get("seen", "")).strip().replace("\r\n", "\n")
    if seen == fingerprint(conflict):
        return conflict
    if seen == fingerprint(replace(conflict, decision={})):
        text = f"{conflict.by} has decided {_title(conflict)} since you saw it, for {_decided(conflict)}."
        raise Stale(text, remedy="Undo that decision if it shall be otherwise.")
    now = "; ".join(f"{SIDES[side]} now shows “{value.text or 'blank'}”" for side, value in conflict.values.items())
    raise Stale(f"{_title(conflict)} has changed since you saw it: {now}.", remedy="Look again, then decide.")


def _decided(conflict: ConflictView) -> str:
    if conflict.winner in SIDES:
        return f"{SIDES[conflict.winner]}’s value"
    return f"“{conflict.value.text}”" if conflict.value else "another value"


def _choice(conflict: ConflictView) -> dict[str, Any]:
    take = request.form.get("take", "")
    if take != "value":
        return {"take": side(take)}
    return {"value": typed(conflict.members)}


def _answer(conflict: ConflictView, sentence: str) -> ResponseReturnValue:
    return _line(conflict.id, sentence) if is_fragment() else done(sentence, url_for(".show", conflict_id=conflict.id))


def _line(conflict_id: int, said: str = "", fault: str = "") -> str:
    """The conflict as it stands now, in place of the line on the page, with what is to be said about it."""
    who = taken(CONFLICT, [conflict_id])
    left = conflicts.count(db.session(), here().id, "open")
    return render_template(
        "_conflict_answer.html", conflict=_known(conflict_id), said=said, fault=fault, left=left, **who
    )


def _known(conflict_id: int) -> ConflictView:
    return conflicts.conflict(db.session(), here().id, conflict_id) or abort(404)


def _arg(name: str) -> str:
    return request.args.get(name, "").strip()[:200]


def _field(conflict: ConflictView) -> str:
    return FIELDS.get(conflict.field, conflict.field)


def _title(conflict: ConflictView) -> str:
    return f"{conflict.name or conflict.salesforce} · {_field(conflict)}"


def _named(chosen: list[ConflictView]) -> str:
    return listed([_title(conflict) for conflict in chosen])
