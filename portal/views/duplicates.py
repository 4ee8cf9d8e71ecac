"""Duplicates inside a side: a report to work off in Salesforce and in Xero."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue

from portal.asking import number
from portal.extensions import db
from portal.layout import here
from reconciler.core.model import Side
from reconciler.queries import duplicates

bp = Blueprint("duplicates", __name__, url_prefix="/c/<int:connection_id>/duplicates")


@bp.get("")
def index() -> ResponseReturnValue:
    named = request.args.get("side", "")
    if named not in {"", *Side}:
        abort(404)
    page = duplicates.duplicates(db.session(), here().id, Side(named) if named else None, number("after"))
    return render_template("duplicates.html", page=page, named=named, caveat=duplicates.caveat(page.cut))
