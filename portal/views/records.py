"""Finding a record, and its page: both sides, what they last agreed on, and why each value stands."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.asking import number, side
from portal.extensions import db
from portal.layout import here
from reconciler.core.model import Ref
from reconciler.queries import records

bp = Blueprint("records", __name__, url_prefix="/c/<int:connection_id>/records")


@bp.get("")
def index() -> ResponseReturnValue:
    text = request.args.get("q", "").strip()[:200]
    if not text:
        page = records.listed(db.session(), here().id, number("after"))
        return render_template("records.html", text="", found=page.rows, page=page)
    found = records.search(db.session(), here().id, text)
    if len(found) == 1 and found[0].ref == text.rpartition(":")[2]:
        return redirect(url_for(".show", side_name=found[0].side, ref=found[0].ref), 303)
    return render_template("records.html", text=text, found=found, page=None)


@bp.get("/<side_name>/<ref>")
def show(side_name: str, ref: str) -> ResponseReturnValue:
    page = records.record(db.session(), here().id, Ref(side(side_name), ref), number("after")) or abort(404)
    return render_template("record.html", page=page)
