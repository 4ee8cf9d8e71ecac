"""Who may sign in, and as what."""

from __future__ import annotations

from flask import Blueprint, abort, render_template, request, url_for
from flask.typing import ResponseReturnValue

from portal import people as doing
from portal.access import needs
from portal.asking import done, signed, written
from portal.extensions import db
from portal.people import Role
from portal.words import ROLES
from reconciler.commands import events
from reconciler.queries import people
from reconciler.queries.people import PersonView

bp = Blueprint("people", __name__, url_prefix="/people")


@bp.get("")
@needs(Role.ADMINISTRATOR)
def index() -> ResponseReturnValue:
    return render_template("people.html", people=people.people(db.session()))


@bp.post("")
@needs(Role.ADMINISTRATOR)
def add() -> ResponseReturnValue:
    name, role = written("name"), written("role")
    doing.add(db.session(), name, role, request.form.get("password", ""), signed()["now"])
    _note("person.added", name, role=role)
    return done(f"{name} may sign in as {ROLES[role].lower()}.", url_for(".index"))


@bp.post("/<int:person_id>/role")
@needs(Role.ADMINISTRATOR)
def role(person_id: int) -> ResponseReturnValue:
    person, wanted = _known(person_id), written("role")
    doing.change_role(db.session(), person.name, wanted)
    _note("person.role", person.name, role=wanted, before=person.role)
    return done(f"{person.name} is now {ROLES[wanted].lower()} and has to sign in again.", url_for(".index"))


@bp.post("/<int:person_id>/password")
@needs(Role.ADMINISTRATOR)
def password(person_id: int) -> ResponseReturnValue:
    person = _known(person_id)
    doing.change_password(db.session(), person.name, request.form.get("password", ""))
    _note("person.password", person.name)
    return done(f"{person.name} has a new password and has to sign in again.", url_for(".index"))


@bp.post("/<int:person_id>/disable")
@needs(Role.ADMINISTRATOR)
def disable(person_id: int) -> ResponseReturnValue:
    person = _known(person_id)
    doing.disable(db.session(), person.name, signed()["now"])
    _note("person.disabled", person.name)
    return done(f"{person.name} can no longer sign in. What they did stays in the history.", url_for(".index"))


@bp.post("/<int:person_id>/enable")
@needs(Role.ADMINISTRATOR)
def enable(person_id: int) -> ResponseReturnValue:
    person = _known(person_id)
    doing.enable(db.session(), person.name)
    _note("person.enabled", person.name)
    return done(f"{person.name} may sign in again.", url_for(".index"))


def _note(what: str, name: str, **details: str) -> None:
    events.record(db.session(), what, subject=name, details=details, **signed())


def _known(person_id: int) -> PersonView:
    return people.person(db.session(), person_id) or abort(404)
