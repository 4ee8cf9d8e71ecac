"""One field's words: which value of Salesforce is which of Xero, what a new record gets, what becomes of the rest."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, abort, current_app, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal.access import needs
from portal.asking import done, signed, written
from portal.extensions import db
from portal.layout import here
from portal.people import Role
from portal.words import FIELDS
from reconciler.commands import rules as ruling
from reconciler.core.model import SIDES
from reconciler.core.schema import FieldRule
from reconciler.errors import Usage
from reconciler.queries import impact, rules
from reconciler.queries.impact import Impact

bp = Blueprint("fields", __name__, url_prefix="/c/<int:connection_id>/fields/<kind>/<key>")

MOST = 2_000  # linked records looked at for a preview on the page; the command looks at all of them
MARK = " = "


@bp.get("")
def show(kind: str, key: str) -> ResponseReturnValue:
    return _page(kind, key, _typed_as(_known(kind, key)))


@bp.post("")
@needs(Role.ADMINISTRATOR)
def save(kind: str, key: str) -> ResponseReturnValue:
    rule = _known(kind, key)
    try:
        ruling.set_field(db.session(), here().id, kind, key, _settings(rule), **signed())
    except Usage as error:
        db.session.rollback()
        return _page(kind, key, request.form, error)
    return done(f"{FIELDS.get(key, key)}: saved. It holds from the next sync on.", url_for(".show", kind=kind, key=key))


@bp.post("/preview")
@needs(Role.ADMINISTRATOR)
def preview(kind: str, key: str) -> ResponseReturnValue:
    """What saving would do, and what the data holds against it; nothing is saved."""
    rule, connection_id = _known(kind, key), here().id
    db.session.rollback()  # nothing stays open while Salesforce is asked
    shapes = current_app.extensions["concord.shapes"](connection_id)
    try:
        text = json.dumps({"kinds": {kind: {"fields": {key: _settings(rule)}}}})
        found = impact.preview(db.session(), connection_id, text, signed()["now"], MOST, shapes)
    except Usage as error:
        db.session.rollback()
        return _page(kind, key, request.form, error)
    return _page(kind, key, request.form, foreseen=found)


def _known(kind: str, key: str) -> FieldRule:
    found = rules.field(db.session(), here().id, kind, key) or abort(404)
    return found.rule


def _typed_as(rule: FieldRule) -> dict[str, str]:
    """The form as it would have to be filled in to say what holds now."""
    typed = {f"default-{side}": rule.default(side) for side in SIDES} | {"unmapped": rule.unmapped.value}
    for table in rule.values:
        typed[f"values-{table.member}"] = "\n".join(f"{one}{MARK}{other}" for one, other in table.pairs)
    return typed


def _settings(rule: FieldRule) -> dict[str, Any]:
    """The form as a document's settings."""
    tables = {member: _pairs(written(f"values-{member}", 100_000)) for member in rule.members or ("",)}
    filled = {member: table for member, table in tables.items() if table}
    return {
        "values": filled if rule.members else filled.get(""),
        "unmapped": request.form.get("unmapped", "refuse"),
        "default": {side.value: written(f"default-{side}", 300) or None for side in SIDES},
    }


def _pairs(text: str) -> dict[str, list[str]]:
    """A line a pair: what Salesforce calls it = what Xero calls it."""
    found: dict[str, list[str]] = {}
    for number, line in enumerate(text.replace("\r\n", "\n").split("\n"), start=1):
        if line.strip():
            one, mark, other = line.partition(MARK)
            if not mark or MARK in other:
                raise Usage(f"Line {number} is no pair: {line.strip()[:80]!r}.", remedy="Write Gold = G, one a line.")
            found.setdefault(one.strip(), []).append(other.strip())
    return found


def _page(
    kind: str, key: str, typed: Any, fault: Usage | None = None, foreseen: Impact | None = None
) -> ResponseReturnValue:
    page = render_template(
        "field.html",
        kind=kind,
        rule=_known(kind, key),
        typed=typed,
        in_use=rules.words_in_use(db.session(), here().id, kind, key),
        fault=fault,
        impact=foreseen,
        most=MOST,
    )
    return page, 422 if fault else 200
