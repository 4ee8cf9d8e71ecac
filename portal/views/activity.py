"""The activity log: what was done to Concord itself, by whom and when."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from portal import deeds
from portal.asking import number
from portal.extensions import db
from portal.layout import here
from reconciler.queries import events
from reconciler.queries.events import Filters

bp = Blueprint("activity", __name__, url_prefix="/c/<int:connection_id>/activity")


@bp.get("")
def index() -> ResponseReturnValue:
    filters = Filters(request.args.get("what", "")[:60], request.args.get("by", "")[:80])
    page = events.events(db.session(), here().id, filters, number("after"))
    told = deeds.told(db.session(), here().id, page.rows)
    return render_template("activity.html", page=page, filters=filters, deeds=told)
