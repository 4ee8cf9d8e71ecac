"""Settings of a connection: interval, limits of one sync, calls left, full compares, mail, what may be made."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, current_app, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import asked, done, signed
from portal.clock import now
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from reconciler.commands import runs
from reconciler.errors import Usage
from reconciler.mail import Post, send_test
from reconciler.queries import budgets, compares, notices, rules

bp = Blueprint("settings", __name__, url_prefix="/c/<int:connection_id>/settings")


@bp.get("")
def index() -> ResponseReturnValue:
    found = rules.rules(db.session(), here().id)
    every = timedelta(minutes=found.schedule.every_minutes)
    spent = budgets.budgets_of(db.session(), here().id, now(), every)
    full = compares.compares(db.session(), here().id)
    mail, fault = _mail()
    state = notices.mail_state(db.session())
    return render_template(
        "settings.html", rules=found, budgets=spent, compares=full, mail=mail, mail_fault=fault, mail_state=state
    )


@bp.post("/mail")
@needs(Role.ADMINISTRATOR)
def mail() -> ResponseReturnValue:
    """Send a letter that says only that mail arrives."""
    send_test(current_app.extensions["concord.mail"](), now())
    return done("A test is on its way.", url_for(".index"))


def _mail() -> tuple[Post | None, str]:
    """How mail is set, and what is wrong with that."""
    try:
        return current_app.extensions["concord.mail"](), ""
    except Usage as error:
        return None, str(error)


@bp.post("/verify")
@needs(Role.REVIEWER)
def verify() -> ResponseReturnValue:
    runs.request(db.session(), here().id, verify=True, **signed())
    return done(asked("Both sides are compared in full; nothing is written."), url_for(".index"))
