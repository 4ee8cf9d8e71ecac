"""What a person reads when something cannot be done: a page, or a notice above the page they are on.  Never a trace."""

from __future__ import annotations

import logging

from flask import Flask, current_app, flash, redirect, render_template, request
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError
from werkzeug.exceptions import HTTPException, InternalServerError

from portal.access import OPEN, safe_path, to_sign_in
from portal.extensions import db
from reconciler.errors import Busy, ReconcilerError, Stale, Unavailable, Usage
from reconciler.queries import health

log = logging.getLogger(__name__)

PAGES = {
    400: ("That request cannot be read", "Go back, reload the page and try once more."),
    403: ("You may not do that", "Ask an administrator for the role it needs."),
    404: ("There is no such page", "It may have been removed, or the address has a typing mistake."),
    405: ("That address cannot be used this way", "Use the buttons on the page."),
    413: ("That is too large", "A form may carry one megabyte."),
    429: ("Too many tries", "Wait a little, then try again."),
    500: (
        "Something went wrong on our side",
        "Nothing was half done. Try again; if it stays, see the server’s log.",
    ),
}
NO_DATABASE = (
    "Whoever operates Concord runs “flask --app wsgi db upgrade” against the database that CONCORD_DATABASE_URL names, "
    "and starts the portal again."
)


def init_app(app: Flask) -> None:
    """Answer every error in plain words."""
    app.register_error_handler(ReconcilerError, explain)
    app.register_error_handler(CSRFError, _forged)
    app.register_error_handler(HTTPException, _page)


def explain(error: ReconcilerError) -> ResponseReturnValue:
    """Say what cannot be done and what to do about it, on the page where it was asked for."""
    db.session.rollback()
    status = _status(error)
    if request.headers.get("HX-Request"):
        retarget = {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"}
        return render_template("_notices.html", notices=[("danger", told(error))]), status, retarget
    if request.method == "POST":
        flash(told(error), "danger")
        return redirect(_back(), 303)
    return render_template("fault.html", status=status, title=error.message, text=error.remedy), status


def told(error: ReconcilerError) -> str:
    """The error as a notice: what, every single fault, and the remedy."""
    problems = error.problems if isinstance(error, Usage) else ()
    return " ".join(filter(None, (error.message, *problems, error.remedy)))


def _status(error: ReconcilerError) -> int:
    if isinstance(error, Usage):
        return 422
    if isinstance(error, Stale | Busy):
        return 409
    return 503 if isinstance(error, Unavailable) else 500


def _back() -> str:
    asked = safe_path(request.form.get("next"))
    came_from = request.referrer or ""
    own = came_from.removeprefix(request.host_url.rstrip("/"))
    return asked or (safe_path(own) if own != came_from else "") or "/"


def _forged(_error: CSRFError) -> ResponseReturnValue:
    if not current_user.is_authenticated and request.endpoint not in OPEN:
        return to_sign_in()  # the session that the form was made for has ended
    text = "Reload the page and try again: this form was made for another session, or not by us."
    return _render(400, "This form has expired", text)


def _page(error: HTTPException) -> ResponseReturnValue:
    if error.response is not None or error.code is None or error.code < 400:
        return error.get_response()
    if isinstance(error, InternalServerError):
        what = {"method": request.method, "endpoint": request.endpoint or ""}
        log.error("portal.failed", extra=what, exc_info=error.original_exception)
        db.session.rollback()
        return _broken()
    title, text = PAGES.get(error.code, (error.name, error.description or ""))
    return _render(error.code, title, text)


def _broken() -> ResponseReturnValue:
    fault = health.database_fault(db.session())
    status, title, text = (503, f"{fault[:1].upper()}{fault[1:]}", NO_DATABASE) if fault else (500, *PAGES[500])
    # Without the layout, whose counts ask the database: that may be what is broken.
    return current_app.jinja_env.get_template("bare.html").render(title=title, text=text), status


def _render(status: int, title: str, text: str) -> ResponseReturnValue:
    if request.headers.get("HX-Request"):
        retarget = {"HX-Retarget": "#notices", "HX-Reswap": "innerHTML"}
        return render_template("_notices.html", notices=[("danger", f"{title}. {text}")]), status, retarget
    return render_template("fault.html", status=status, title=title, text=text), status
