"""Puts the application together: configuration, extensions, doorkeeper, pages, commands.  Nothing is decided here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from flask import Flask, g
from werkzeug.middleware.proxy_fix import ProxyFix

from portal import access, assets, cli, clock, elsewhere, faults, filters, headers, layout, people
from portal.config import flask_config
from portal.extensions import bootstrap, csrf, db, login, migrate
from portal.throttle import Throttle
from portal.views import (
    about,
    activity,
    auth,
    connections,
    differences,
    directions,
    doctor,
    duplicates,
    fields,
    first,
    fixing,
    guides,
    health,
    oauth,
    overview,
    persons,
    questions,
    records,
    retracing,
    review,
    rules,
    settings,
    syncs,
    work,
)
from reconciler.bootstrap import make_doctor, make_histories, make_shapes
from reconciler.commands.desk import Desk
from reconciler.desk import make_desk
from reconciler.mail import post
from reconciler.settings import Settings, load
from reconciler.store import database

PAGES = (
    about, activity, auth, connections, differences, directions, doctor, duplicates, fields, first, fixing, guides,
    health, oauth, overview, persons, questions, records, retracing, review, rules, settings, syncs, work,
)  # fmt: skip


def create_app(
    settings: Settings | None = None,
    *,
    now: Callable[[], datetime] = clock.wall,
    config: Mapping[str, Any] | None = None,
    desk: Desk | None = None,
) -> Flask:
    """Make the portal for these settings (those of the environment, if none are given).

    `now` and `desk` are the outside: the time, and the vendors when a connection is made.
    """
    settings = settings or load()
    app = Flask(__name__)
    app.config.update(flask_config(settings), **(config or {}))
    app.extensions["concord.clock"] = now
    app.extensions["concord.desk"] = desk or make_desk(settings)
    app.extensions["concord.doctor"] = make_doctor(settings)
    app.extensions["concord.histories"] = make_histories(settings)
    app.extensions["concord.shapes"] = make_shapes(settings)
    app.extensions["concord.mail"] = lambda: post(settings)
    app.extensions["concord.throttle"] = Throttle()
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    _extend(app)
    for part in (headers, access, layout, filters, assets, faults):
        part.init_app(app)
    for page in PAGES:
        app.register_blueprint(page.bp)
    app.jinja_env.globals.update(fingerprint=review.fingerprint, elsewhere=elsewhere.address)
    app.cli.add_command(cli.user)
    if settings.behind_proxy:
        app.wsgi_app = ProxyFix(app.wsgi_app, *[settings.behind_proxy] * 3)  # type: ignore[method-assign]
    return app


def _extend(app: Flask) -> None:
    db.init_app(app)
    migrate.init_app(app, db, render_as_batch=True)
    login.init_app(app)
    login.user_loader(lambda remembered: people.load(db.session(), remembered))
    csrf.init_app(app)
    bootstrap.init_app(app)
    with app.app_context():
        database.prepare(db.engine)
    app.before_request(_reading)
    app.teardown_request(_read)


def _reading() -> None:
    """Let pages that only show something read beside a writer instead of waiting for it."""
    g.reading = None
    if access.is_reading():
        g.reading = database.reading()
        g.reading.__enter__()


def _read(_error: BaseException | None) -> None:
    if g.get("reading") is not None:
        g.reading.__exit__(None, None, None)
