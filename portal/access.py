"""Who may see and do what: everything needs a sign-in unless it is named here, and every change needs a role.

`needs` marks a view with the least role; a view without a mark needs a viewer for reading and refuses to change
anything, so that a forgotten mark closes a door instead of opening one.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar
from urllib.parse import urlsplit

from flask import Flask, abort, current_app, g, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user

from portal.people import Role

# An invitation's key, or the state of a consent page, is what opens these.
BACK = {"oauth.salesforce_back", "oauth.xero_back", "oauth.several", "oauth.choose"}
CONSENT = {"oauth.invited", "oauth.invited_save", "oauth.invited_leave", *BACK}
HEALTH = {"health.healthz", "health.readyz", "health.metrics"}
OPEN = {"auth.sign_in", "static", "bootstrap.static", "vendor.static", *HEALTH, *CONSENT}
READING = {"GET", "HEAD", "OPTIONS"}

View = TypeVar("View", bound=Callable[..., Any])


def needs(role: Role) -> Callable[[View], View]:
    """Mark a view with the least role that may use it."""

    def mark(view: View) -> View:
        view.needs = role  # type: ignore[attr-defined]
        return view

    return mark


def role_of(endpoint: str, method: str) -> Role | None:
    """The least role an endpoint asks for; None when nobody may use it that way."""
    marked: Role | None = getattr(current_app.view_functions[endpoint], "needs", None)
    if marked is None:
        return Role.VIEWER if method in READING else None
    return marked


def changes(view: View) -> View:
    """Mark a view that answers to GET and changes something: to consent pages and back, browsers go that way."""
    view.changes = True  # type: ignore[attr-defined]
    return view


def is_reading() -> bool:
    """Whether this request only looks."""
    view = current_app.view_functions.get(request.endpoint or "")
    return request.method in READING and not getattr(view, "changes", False)


def init_app(app: Flask) -> None:
    """Put the doorkeeper in front of every request."""
    app.before_request(_admit)


def _admit() -> ResponseReturnValue | None:
    if request.endpoint is None or request.endpoint in OPEN:
        return None
    if not current_user.is_authenticated:
        return to_sign_in()
    role = role_of(request.endpoint, request.method)
    if role is None or not current_user.may(role):
        g.missing_role = role
        abort(403)
    return None


def to_sign_in() -> ResponseReturnValue:
    """Where a session has ended: sign in, and come back to the page one was on."""
    here = _page()
    target = url_for("auth.sign_in", next=here) if here not in {"", "/"} else url_for("auth.sign_in")
    if request.headers.get("HX-Request"):
        # A fragment must not be replaced by a sign-in form: the whole page goes there.
        return "", 401, {"HX-Redirect": target}
    return redirect(target, 303)


def _page() -> str:
    """The page that the browser shows: for a form or a fragment, the one that it is on."""
    if request.method in READING and not request.headers.get("HX-Request"):
        return safe_path(request.full_path.rstrip("?"))
    shown = request.headers.get("HX-Current-URL") or request.referrer or ""
    own = shown.removeprefix(request.host_url.rstrip("/"))
    return safe_path(own) if own != shown else ""


def safe_path(target: str | None) -> str:
    """A path on this site, or "": browsers take `//host`, backslashes and control characters for other sites."""
    if not target or any(ord(char) < 32 for char in target) or "\\" in target:
        return ""
    parts = urlsplit(target)
    is_path = target.startswith("/") and not target.startswith("//") and not parts.scheme and not parts.netloc
    return target if is_path else ""
