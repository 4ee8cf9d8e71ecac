"""The first page: health, what runs, what waits for a person; and the switches beside it."""

from __future__ import annotations

from datetime import timedelta

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import asked, done, is_fragment, side, signed
from portal.clock import now
from portal.extensions import db
from portal.filters import at
from portal.layout import here
from portal.people import Role
from portal.words import SIDES
from reconciler.commands import connections as connecting
from reconciler.commands import pauses, rules, runs
from reconciler.core.model import Side
from reconciler.errors import Usage
from reconciler.queries import connections, overview
from reconciler.queries.overview import Overview

bp = Blueprint("overview", __name__)

PAUSES = {"1h": timedelta(hours=1), "4h": timedelta(hours=4), "1d": timedelta(days=1), "": None}


@bp.get("/")
def home() -> ResponseReturnValue:
    first = next(iter(connections.connections(db.session())), None)
    if first is None:
        return redirect(url_for("connections.index"), 303)
    return redirect(url_for(".show", connection_id=first.id), 303)


@bp.get("/c/<int:connection_id>/")
def show() -> ResponseReturnValue:
    return render_template("overview.html", view=_view())


@bp.get("/c/<int:connection_id>/live")
def live() -> ResponseReturnValue:
    """The part of the overview that keeps itself up to date."""
    return render_template("_live.html", view=_view())


@bp.post("/c/<int:connection_id>/sync")
@needs(Role.REVIEWER)
def sync() -> ResponseReturnValue:
    run_id = runs.request(db.session(), here().id, full=request.form.get("full") == "1", **signed())
    if is_fragment():
        return render_template("_live.html", view=_view())
    return done(asked(f"Sync {run_id} is asked for."), url_for(".show"))


@bp.post("/c/<int:connection_id>/pause")
@needs(Role.REVIEWER)
def pause() -> ResponseReturnValue:
    which = _which()
    length = PAUSES.get(request.form.get("for", ""))
    until = now() + length if length else None
    pauses.pause(db.session(), here().id, side=which, until=until, **signed())
    what = f"Writes to {SIDES[which]} wait" if which else "Everything waits"
    lasts = f" until {at(until).striptags()}" if until else " until somebody resumes"
    return done(f"{what}{lasts}. Edits made meanwhile are not lost.", url_for(".show"))


@bp.post("/c/<int:connection_id>/resume")
@needs(Role.REVIEWER)
def resume() -> ResponseReturnValue:
    which = _which()
    pauses.resume(db.session(), here().id, side=which, **signed())
    what = f"Writes to {SIDES[which]} go on" if which else "Syncs go on"
    return done(f"{what}. What waited is carried out by the next sync.", url_for(".show"))


@bp.post("/c/<int:connection_id>/activate")
@needs(Role.ADMINISTRATOR)
def activate() -> ResponseReturnValue:
    connecting.activate(db.session(), here().id, **signed())
    return done(f"Concord may now write to both sides of {here().name}.", url_for(".show"))


@bp.post("/c/<int:connection_id>/interval")
@needs(Role.ADMINISTRATOR)
def interval() -> ResponseReturnValue:
    minutes = request.form.get("every_minutes", type=int)
    if minutes is None:
        raise Usage("The interval is not a whole number of minutes.", remedy="Type a number such as 15.")
    rules.set_schedule(db.session(), here().id, every_minutes=minutes, **signed())
    return done(f"A sync starts every {minutes} minutes from now on.", url_for(".show"))


def _view() -> Overview:
    return overview.overview(db.session(), here().id, now()) or abort(404)


def _which() -> Side | None:
    return side(request.form["side"]) if request.form.get("side") else None
