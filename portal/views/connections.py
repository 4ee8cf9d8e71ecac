"""Connections: which there are, the ones being set up side by side, signing in again, and parting."""

from __future__ import annotations

from flask import Blueprint, Response, abort, render_template, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, side, signed, written
from portal.desk import desk
from portal.extensions import db
from portal.faults import told
from portal.layout import here
from portal.people import Role
from portal.words import SIDES
from reconciler.commands import connections as connecting
from reconciler.commands import drafts as drafting
from reconciler.errors import Usage
from reconciler.queries import connections, drafts
from reconciler.queries.drafts import DraftView

bp = Blueprint("connections", __name__)


@bp.get("/connections")
def index() -> ResponseReturnValue:
    return render_template(
        "connections.html", found=connections.connections(db.session()), begun=drafts.drafts(db.session())
    )


@bp.get("/connections/new")
@needs(Role.ADMINISTRATOR)
def new() -> ResponseReturnValue:
    return render_template("connect.html", fault="", name="")


@bp.post("/connections/new")
@needs(Role.ADMINISTRATOR)
def create() -> ResponseReturnValue:
    name = written("name", 200)
    try:
        made = drafting.begin(db.session(), name=name, **signed())
    except Usage as error:
        return render_template("connect.html", fault=told(error), name=name), 422
    return done("Now connect each side; two people can do it, in any order.", url_for(".draft", draft_id=made))


@bp.get("/connections/drafts/<int:draft_id>")
@needs(Role.ADMINISTRATOR)
def draft(draft_id: int) -> ResponseReturnValue:
    return render_template("draft.html", draft=_draft(draft_id), fault="", link="", link_side="")


@bp.post("/connections/drafts/<int:draft_id>/join")
@needs(Role.ADMINISTRATOR)
def join(draft_id: int) -> ResponseReturnValue:
    found = _draft(draft_id)
    try:
        made = drafting.join(db.session(), draft_id, confirm=written("confirm", 255), **signed())
    except Usage as error:
        db.session.rollback()
        return render_template("draft.html", draft=found, fault=told(error), link="", link_side=""), 422
    return done("Both systems are connected. Nothing is written until you approve it.", _first_sync(made))


@bp.post("/connections/drafts/<int:draft_id>/abandon")
@needs(Role.ADMINISTRATOR)
def abandon(draft_id: int) -> ResponseReturnValue:
    found = _draft(draft_id)
    drafting.abandon(db.session(), draft_id)
    return done(f"{found.name} is given up; its secrets are forgotten.", url_for(".index"), "info")


@bp.post("/connections/drafts/<int:draft_id>/sides/<side_name>/check")
@needs(Role.ADMINISTRATOR)
def check(draft_id: int, side_name: str) -> ResponseReturnValue:
    _draft(draft_id)
    landed = drafting.check(db.session(), desk(), draft_id, side(side_name), **signed())
    return done(f"{SIDES[landed.side]} was looked at again.", url_for(".draft", draft_id=draft_id), "info")


@bp.post("/connections/drafts/<int:draft_id>/sides/<side_name>/invite")
@needs(Role.ADMINISTRATOR)
def invite(draft_id: int, side_name: str) -> ResponseReturnValue:
    """The link is shown once: only a hash of its key is kept."""
    found, which = _draft(draft_id), side(side_name)
    key = drafting.invite(db.session(), draft_id, which, **signed())
    link = url_for("oauth.invited", key=key, _external=True)
    return render_template("draft.html", draft=found, fault="", link=link, link_side=which)


@bp.get("/c/<int:connection_id>/connection")
def show() -> ResponseReturnValue:
    return render_template("connection.html", fault="")


@bp.post("/c/<int:connection_id>/connection/<side_name>/again")
@needs(Role.ADMINISTRATOR)
def again(side_name: str) -> ResponseReturnValue:
    which = side(side_name)
    made = drafting.again(db.session(), here().id, which, **signed())
    return done(
        f"Sign in to {SIDES[which]} again; until then the old sign-in stays.",
        url_for("oauth.side_page", draft_id=made, side_name=which),
        "info",
    )


@bp.get("/c/<int:connection_id>/connection/export")
@needs(Role.ADMINISTRATOR)
def export() -> ResponseReturnValue:
    document = connecting.export_of(db.session(), here().id)
    name = {"Content-Disposition": 'attachment; filename="links-and-history.json"'}
    return Response(connecting.as_json(document), mimetype="application/json", headers=name)


@bp.post("/c/<int:connection_id>/connection/disconnect")
@needs(Role.ADMINISTRATOR)
def disconnect() -> ResponseReturnValue:
    name = here().name
    if written("name", 200) != name:
        fault = "Type the connection's name, exactly as it stands, to part from both systems."
        return render_template("connection.html", fault=fault), 422
    told = connecting.revoke(db.session(), desk(), here().id)
    connecting.disconnect(db.session(), here().id, **signed())
    said = " ".join([f"{name} is disconnected; both systems are as they were.", *told])
    return done(said, url_for(".index"), "info")


def _draft(draft_id: int) -> DraftView:
    found = drafts.draft(db.session(), draft_id) or abort(404)
    db.session.rollback()
    return found


def _first_sync(connection_id: int) -> str:
    return url_for("first.show", connection_id=connection_id)
