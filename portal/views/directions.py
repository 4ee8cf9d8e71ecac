"""Directions: per field the arrow, what happens when both changed, and what clearing means; saved by a click."""

from __future__ import annotations

from flask import Blueprint, abort, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, is_fragment, signed
from portal.effects import effect
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from portal.words import FIELDS
from reconciler.commands import rules as ruling
from reconciler.queries import rules
from reconciler.queries.rules import FieldView

bp = Blueprint("directions", __name__, url_prefix="/c/<int:connection_id>/directions")

SETTINGS = ("flow", "policy", "blank", "drift")


@bp.get("")
def index() -> ResponseReturnValue:
    return render_template("directions.html", kinds=rules.kinds(db.session(), here().id))


@bp.get("/<kind>/<key>")
def show(kind: str, key: str) -> ResponseReturnValue:
    """Where a reloaded fragment's address leads: the field's place on the page."""
    _known(kind, key)
    return redirect(url_for(".index", _anchor=f"{kind}-{key}"), 303)


@bp.post("/<kind>/<key>")
@needs(Role.ADMINISTRATOR)
def change(kind: str, key: str) -> ResponseReturnValue:
    before = _known(kind, key)
    changes = {name: request.form[name] for name in SETTINGS if request.form.get(name)}
    changes = {name: value for name, value in changes.items() if value != getattr(before.rule, name)}
    if changes:
        ruling.set_field(db.session(), here().id, kind, key, changes, **signed())
    differing = rules.differing(db.session(), here().id, kind, key)
    sentences = effect(before.rule, _known(kind, key).rule, differing)
    if is_fragment():
        field, undo = _known(kind, key), here().rules_version if changes else None
        return render_template("_field.html", field=field, kind=kind, effect=sentences, undo=undo)
    return done(f"{FIELDS.get(key, key)}: {' '.join(sentences)}", url_for(".index", _anchor=f"{kind}-{key}"))


def _known(kind: str, key: str) -> FieldView:
    return rules.field(db.session(), here().id, kind, key) or abort(404)
