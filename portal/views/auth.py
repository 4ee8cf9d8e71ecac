"""Signing in and out, and changing one's own password."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user, login_user, logout_user

from portal import people
from portal.access import needs, safe_path
from portal.asking import done
from portal.clock import now
from portal.extensions import db
from portal.people import Role
from portal.throttle import Throttle
from reconciler.commands import events
from reconciler.errors import Usage

bp = Blueprint("auth", __name__)


@bp.route("/sign-in", methods=["GET", "POST"])
def sign_in() -> ResponseReturnValue:
    target = safe_path(request.values.get("next")) or "/"
    if current_user.is_authenticated:
        return redirect(target, 303)
    if request.method == "GET":
        return _form(target)
    name = request.form.get("name", "")[:200]
    throttle: Throttle = current_app.extensions["concord.throttle"]
    keys = (("name", name.strip().lower()), ("address", request.remote_addr or ""))
    if wait := throttle.wait(keys, now()):
        return _form(target, f"Too many tries. Try again in {wait} second{'' if wait == 1 else 's'}.", 429)
    user = people.check(db.session(), name, request.form.get("password", ""))
    if user is None:
        throttle.failed(keys, now())
        return _form(target, "This name and password do not fit together.", 422)
    throttle.succeeded(keys[:1])
    _begin(user)
    return redirect(target, 303)


@bp.post("/sign-out")
@needs(Role.VIEWER)
def sign_out() -> ResponseReturnValue:
    logout_user()
    session.clear()
    flash("You are signed out.", "info")
    return redirect(url_for("auth.sign_in"), 303)


@bp.get("/me")
def me() -> ResponseReturnValue:
    return render_template("me.html")


@bp.post("/me/password")
@needs(Role.VIEWER)
def change_password() -> ResponseReturnValue:
    if people.check(db.session(), current_user.name, request.form.get("current", "")) is None:
        raise Usage("The current password is not right.", remedy="Nothing was changed.")
    if request.form.get("password") != request.form.get("again"):
        raise Usage("The two new passwords differ.", remedy="Type the same one twice.")
    name = current_user.name
    people.change_password(db.session(), name, request.form.get("password", ""))
    events.record(db.session(), "person.password", by=name, subject=name, now=now())
    user = people.check(db.session(), name, request.form.get("password", ""))
    if user is not None:
        _begin(user)
    return done("Your password is changed. Your other sessions have ended.", url_for("auth.me"))


def _begin(user: people.User) -> None:
    # A new session, so that one planted before the sign-in is worth nothing after it.
    session.clear()
    session.permanent = True
    login_user(user)
    people.signed_in(db.session(), user, now())
    events.record(db.session(), "person.signed_in", by=user.name, subject=user.name, now=now())


def _form(target: str, fault: str = "", status: int = 200) -> ResponseReturnValue:
    nobody = people.is_empty(db.session())
    return render_template("sign_in.html", target=target, fault=fault, nobody=nobody), status
