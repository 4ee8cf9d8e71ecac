"""What every page shows around its content: the connection, the menu's counts, the person, the version."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from flask import Flask, abort, current_app, g, request
from flask_login import current_user

from portal.clock import now
from portal.extensions import db
from reconciler import __version__
from reconciler.queries import connections, overview
from reconciler.queries.connections import ConnectionView
from reconciler.queries.overview import Waiting


def init_app(app: Flask) -> None:
    """Take the connection out of the address, and put it back into every address made."""
    app.url_value_preprocessor(_take)
    app.url_defaults(_give)
    app.before_request(_find)
    app.context_processor(_context)


def here() -> ConnectionView:
    """The connection this page is about."""
    found: ConnectionView = g.connection
    return found


def _take(_endpoint: str | None, values: dict[str, Any] | None) -> None:
    g.connection_id = (values or {}).pop("connection_id", None)


def _give(endpoint: str, values: dict[str, Any]) -> None:
    if "connection_id" in values or not getattr(g, "connection_id", None):
        return
    if current_app.url_map.is_endpoint_expecting(endpoint, "connection_id"):
        values["connection_id"] = g.connection_id


def _find() -> None:
    # Runs after the doorkeeper: whether a connection exists is not told to strangers.
    g.connection = None
    if g.connection_id is not None:
        g.connection = connections.connection(db.session(), g.connection_id)
        if g.connection is None:
            g.connection_id = None
            abort(404)
    db.session.rollback()  # a command opens its own transaction, and none stays open while a vendor is asked


def _context() -> dict[str, Any]:
    if not current_user.is_authenticated:
        return {"version": __version__, "connection": None}
    return {
        "version": __version__,
        "now": now,
        "connection": _shown_connection(),
        "all_connections": cache(lambda: connections.connections(db.session())),
        "waiting": _waiting(),
        "here_path": request.full_path.rstrip("?"),
    }


def _shown_connection() -> ConnectionView | None:
    # Pages about the whole installation keep the menu of the first connection.
    if getattr(g, "connection", None) is None:
        g.connection = next(iter(connections.connections(db.session())), None)
        g.connection_id = g.connection.id if g.connection else None
    found: ConnectionView | None = g.connection
    return found


def _waiting() -> Callable[[], Waiting | None]:
    found = _shown_connection()
    return cache(lambda: overview.waiting(db.session(), found.id, now()) if found else None)
