"""What a side would not take: why, what to do about it, and trying again."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, number, signed, written
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from portal.views.work import hand, taken
from reconciler.commands import rejections as retrying
from reconciler.queries import rejections
from reconciler.queries.rejections import RejectionView
from reconciler.queries.work import REJECTION

bp = Blueprint("fixing", __name__, url_prefix="/c/<int:connection_id>/fixing")


@bp.get("")
def index() -> ResponseReturnValue:
    status = request.args.get("show", "open")
    if status not in {"open", "closed"}:
        abort(404)
    mine = hand()
    page = rejections.rejections(db.session(), here().id, status, number("after"), hand=mine)
    who = taken(REJECTION, (each.id for each in page.rows))
    return render_template("fixing.html", status=status, page=page, whose=mine.whose, **who)


@bp.get("/<int:rejection_id>")
def show(rejection_id: int) -> ResponseReturnValue:
    return render_template("rejection.html", rejection=_known(rejection_id), **taken(REJECTION, [rejection_id]))


@bp.post("/<int:rejection_id>/retry")
@needs(Role.REVIEWER)
def retry(rejection_id: int) -> ResponseReturnValue:
    rejection = _known(rejection_id)
    retrying.retry(db.session(), rejection.id, **signed())
    return done(f"{rejection.name or rejection.ref} is tried again by the next sync.", url_for(".index"))


@bp.post("/<int:rejection_id>/edit")
@needs(Role.REVIEWER)
def edit(rejection_id: int) -> ResponseReturnValue:
    """Type another value in place of the one that was refused."""
    rejection = _known(rejection_id)
    field = written("field") or next(iter(rejection.may_be_typed), "")
    shown = rejection.attempted.get(field)
    parts = {key: written(f"value-{key}").replace("\r\n", "\n") for key, _ in (shown and shown.members) or ()}
    typed = parts or written("value")
    retrying.edit(db.session(), rejection.id, typed, field=field, reason=written("reason"), **signed())
    text = f"{rejection.name or rejection.ref}: the next sync writes your value to both sides."
    return done(text, url_for(".show", rejection_id=rejection_id))


def _known(rejection_id: int) -> RejectionView:
    return rejections.rejection(db.session(), here().id, rejection_id) or abort(404)
