"""The rules as text: everything in one document, checked as a whole before it is saved; earlier versions."""

from __future__ import annotations

from difflib import unified_diff
from typing import Any

from flask import Blueprint, Response, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, number, signed, written
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from reconciler.commands import rules as ruling
from reconciler.errors import Usage
from reconciler.queries import impact, rules
from reconciler.queries.impact import Impact

bp = Blueprint("rules", __name__, url_prefix="/c/<int:connection_id>/rules")

MOST = 2_000  # linked records looked at for a preview on the page; the command looks at all of them


@bp.get("")
def index() -> ResponseReturnValue:
    return _page(rules.document(db.session(), here().id))


@bp.get("/export")
def export() -> ResponseReturnValue:
    text = rules.document(db.session(), here().id)
    headers = {"Content-Disposition": 'attachment; filename="concord-rules.yaml"'}
    return Response(text, mimetype="application/yaml", headers=headers)


@bp.get("/versions/<int:version>")
def version(version: int) -> ResponseReturnValue:
    return _version(version)


@bp.post("/versions/<int:version>/preview")
@needs(Role.ADMINISTRATOR)
def preview_version(version: int) -> ResponseReturnValue:
    """What bringing a version back would do; nothing is saved."""
    text, connection_id = rules.document(db.session(), here().id, version) or abort(404), here().id
    db.session.rollback()  # nothing stays open while Salesforce is asked
    shapes = current_app.extensions["concord.shapes"](connection_id)
    return _version(version, impact.preview(db.session(), connection_id, text, signed()["now"], MOST, shapes))


@bp.post("/versions/<int:version>/restore")
@needs(Role.ADMINISTRATOR)
def restore(version: int) -> ResponseReturnValue:
    text = rules.document(db.session(), here().id, version) or abort(404)
    try:
        ruling.restore(db.session(), here().id, version, shapes=_asked(text), **signed())
    except Usage as error:
        db.session.rollback()
        return _page(text, error)
    return done(f"The rules are again as they were in version {version}.", url_for(".index"))


@bp.post("")
@needs(Role.ADMINISTRATOR)
def save() -> ResponseReturnValue:
    upload = request.files.get("file")
    text = upload.read().decode("utf-8", "replace") if upload else request.form.get("text", "").replace("\r\n", "\n")
    try:
        saved = ruling.save(db.session(), here().id, text, note=written("note"), shapes=_asked(text), **signed())
    except Usage as error:
        db.session.rollback()
        return _page(text, error)
    return done(f"Saved as version {saved}. It holds from the next sync on.", url_for(".index"))


@bp.post("/preview")
@needs(Role.ADMINISTRATOR)
def preview() -> ResponseReturnValue:
    """What saving would do; nothing is saved."""
    text, connection_id = _given(), here().id
    db.session.rollback()  # nothing stays open while Salesforce is asked
    shapes = current_app.extensions["concord.shapes"](connection_id)
    try:
        found = impact.preview(db.session(), connection_id, text, signed()["now"], MOST, shapes)
    except Usage as error:
        db.session.rollback()
        return _page(text, error)
    return _page(text, foreseen=found)


def _version(number: int, foreseen: Impact | None = None) -> ResponseReturnValue:
    kept = rules.version(db.session(), here().id, number) or abort(404)
    text, now = (rules.document(db.session(), here().id, each) for each in (number, None))
    before = rules.document(db.session(), here().id, number - 1)
    return render_template(
        "rules_version.html",
        kept=kept,
        text=text,
        lines=_lines(text, now, f"version {number}", "now"),
        made=_lines(before, text, f"version {number - 1}", f"version {number}") if before else [],
        impact=foreseen,
        most=MOST,
    )


def _lines(one: str, other: str, before: str, after: str) -> list[str]:
    return list(unified_diff(one.splitlines(), other.splitlines(), before, after, lineterm="", n=2))


def _asked(text: str) -> Any:
    """What Salesforce shows us, where the document has criteria that want it; nothing stays open meanwhile."""
    connection_id = here().id
    if not ruling.asks_salesforce(db.session(), connection_id, text):
        return None
    return current_app.extensions["concord.shapes"](connection_id)


def _given() -> str:
    upload = request.files.get("file")
    given = upload.read().decode("utf-8", "replace") if upload else ""
    return given or request.form.get("text", "").replace("\r\n", "\n")


def _page(text: str, fault: Usage | None = None, foreseen: Impact | None = None) -> ResponseReturnValue:
    versions = rules.versions(db.session(), here().id, number("after"))
    page = render_template("rules.html", text=text, fault=fault, versions=versions, impact=foreseen, most=MOST)
    return page, 422 if fault else 200
