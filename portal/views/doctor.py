"""The check-up: what is there, what is missing, what is running out, and what to do about it.  Reads only."""

from __future__ import annotations

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.extensions import db
from portal.layout import here
from portal.people import Role

bp = Blueprint("doctor", __name__, url_prefix="/c/<int:connection_id>/doctor")


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template("doctor.html", found=None)


@bp.post("")
@needs(Role.REVIEWER)
def check() -> ResponseReturnValue:
    connection_id = here().id
    db.session.rollback()  # nothing stays open while the vendors are asked
    return render_template("doctor.html", found=current_app.extensions["concord.doctor"](connection_id))
