"""The first sync, step by step: each step is its own decision, and is found again by whoever comes back."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, signed, written
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from reconciler.commands import first as first_sync
from reconciler.commands import pauses, runs
from reconciler.errors import Usage
from reconciler.queries import first
from reconciler.queries.first import FirstView

bp = Blueprint("first", __name__, url_prefix="/c/<int:connection_id>/first")


@bp.get("")
def show() -> ResponseReturnValue:
    return _page()


@bp.get("/live")
def live() -> ResponseReturnValue:
    """The line that says what is under way; once it is over, all the steps take the place of the old ones."""
    view = _view()
    if view.run:
        return render_template("_first_run.html", view=view)
    whole = {"HX-Retarget": "#first", "HX-Reswap": "outerHTML"}
    return render_template("_first.html", view=view, findings=None), 200, whole


@bp.post("/check")
@needs(Role.ADMINISTRATOR)
def check() -> ResponseReturnValue:
    connection_id = here().id
    db.session.rollback()  # nothing stays open while the vendors are asked
    found = current_app.extensions["concord.doctor"](connection_id)
    first_sync.checked(db.session(), connection_id, sound=found.sound, **signed())
    return _page(findings=found)


@bp.post("/fields")
@needs(Role.ADMINISTRATOR)
def fields() -> ResponseReturnValue:
    first_sync.directed(db.session(), here().id, **signed())
    return done("Fields and directions are meant so.", url_for(".show"))


@bp.post("/match")
@needs(Role.ADMINISTRATOR)
def match() -> ResponseReturnValue:
    first_sync.match(db.session(), here().id, **signed())
    return done("Both sides are being read. Nothing is written.", url_for(".show"))


@bp.post("/differences")
@needs(Role.ADMINISTRATOR)
def differences() -> ResponseReturnValue:
    first_sync.choose(db.session(), here().id, request.form.get("winner", ""), **signed())
    return done("Chosen. The plan is being made anew.", url_for(".show"))


@bp.post("/approve")
@needs(Role.ADMINISTRATOR)
def approve() -> ResponseReturnValue:
    reason = written("reason")
    if not reason:
        raise Usage("A reason is missing.", remedy="Say in a few words why; it is kept with the decision.")
    first_sync.approve(db.session(), here().id, request.form.get("plan", ""), reason=reason, **signed())
    return done("Approved. Exactly this plan is carried out now.", url_for(".show"))


@bp.post("/pause")
@needs(Role.REVIEWER)
def pause() -> ResponseReturnValue:
    pauses.pause(db.session(), here().id, **signed())
    return done("Paused: what is being written this moment is finished, the rest waits.", url_for(".show"))


@bp.post("/resume")
@needs(Role.REVIEWER)
def resume() -> ResponseReturnValue:
    """Go on at once: who resumes here is waiting in front of the page."""
    who, connection_id = signed(), here().id
    pauses.resume(db.session(), connection_id, **who)
    runs.request(db.session(), connection_id, **who)
    return done("It goes on where it stopped.", url_for(".show"))


def _view() -> FirstView:
    return first.first(db.session(), here().id) or abort(404)


def _page(**more: Any) -> ResponseReturnValue:
    return render_template("first.html", view=_view(), **({"findings": None} | more))
