"""A portal in front of both twins, and people who click through the vendors' consent pages."""

from __future__ import annotations

import html
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import pytest
import requests
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import Engine, select
from sqlalchemy.orm import Session

from portal import create_app
from portal.extensions import db
from reconciler import bootstrap
from reconciler.core.model import Side
from reconciler.desk import make_desk
from reconciler.running import Works
from reconciler.settings import Settings, load
from reconciler.simulators.simulate import Pair
from reconciler.store.database import make_engine
from reconciler.store.schema import upgrade
from reconciler.store.tables import AccessRow, SideRow, UserRow

FIELD = re.compile(r'<input type="hidden" name="(\w+)" value="([^"]*)"')


@dataclass(slots=True)
class World:
    """One empty Concord, two organisations, and whoever is asked to let it in."""

    settings: Settings
    pair: Pair
    app: Flask
    engine: Engine
    works: Works

    def url(self, side: Side) -> str:
        """Where the twin is."""
        return self.running(side).url

    def running(self, side: Side):
        return self.pair.salesforce if side is Side.SALESFORCE else self.pair.xero

    def browser(self) -> FlaskClient:
        """An administrator's browser."""
        client = self.app.test_client()
        with client.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = "1:stamp", True
        return client

    def set_up(self, browser: FlaskClient, name: str = "Story") -> str:
        """A draft's page."""
        return str(browser.post("/connections/new", data={"name": name}).headers["Location"])

    def consent(self, browser: FlaskClient, page: str, side: Side, decision: str = "allow"):
        """Give the app, go to the vendor, decide there, come back; the answer to coming back."""
        form = {"url": self.url(side), "client_id": "concord", "client_secret": "concord", "how": "consent"}
        saved = browser.post(page, data=form)
        assert saved.status_code == 303, saved.text
        return browser.get(self.decided(browser.get(f"{page}/consent").headers["Location"], decision))

    def decided(self, address: str, decision: str = "allow") -> str:
        """A person at the vendor's page: path and query that the browser is sent back to."""
        shown = requests.get(address, timeout=30)
        assert shown.status_code == 200, shown.text
        hidden = {name: html.unescape(value) for name, value in FIELD.findall(shown.text)}
        form = hidden | {"decision": decision, "user": "Integration User"}
        users = re.findall(r"<option>([^<]*)</option>", shown.text)
        if users:
            form["user"] = html.unescape(users[0])
        answer = requests.post(address.partition("?")[0], data=form, timeout=30, allow_redirects=False)
        back = urlsplit(answer.headers["Location"])
        return f"{back.path}?{back.query}"

    def connected(self) -> int:
        """Both sides let in by consent, and joined; the connection's number."""
        browser = self.browser()
        page = self.set_up(browser)
        for side in Side:
            answer = self.consent(browser, f"{page}/sides/{side}", side)
            assert answer.status_code == 303, answer.text
        answer = browser.post(f"{page}/join")
        assert answer.status_code == 303, answer.text
        return int(answer.headers["Location"].split("/")[2])

    def access(self, connection_id: int, side: Side) -> AccessRow:
        """How the side lets us in, as it is kept."""
        with Session(self.engine, expire_on_commit=False) as session:
            where = (SideRow.connection_id == connection_id) & (SideRow.side == side.value)
            row = session.scalar(select(AccessRow).join(SideRow, SideRow.access_id == AccessRow.id).where(where))
            assert row is not None
            return row


@pytest.fixture(scope="session")
def _pair() -> Iterator[Pair]:
    with Pair(scenario="empty", records=0, seed=1) as pair:
        yield pair


@pytest.fixture(scope="session")
def _database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Concord that knows only Ada, at the newest schema; tests take copies."""
    path = tmp_path_factory.mktemp("concord") / "concord.db"
    engine = make_engine(f"sqlite:///{path}")
    upgrade(engine)
    with Session(engine) as session:
        now = bootstrap.WallClock().now()
        session.add(UserRow(id=1, name="Ada", role="administrator", password="-", stamp="stamp", created_at=now))
        session.commit()
    engine.dispose()
    return path


@pytest.fixture
def world(_pair: Pair, _database: Path, tmp_path: Path) -> Iterator[World]:
    """An empty Concord beside two empty organisations."""
    for running in (_pair.salesforce, _pair.xero):
        running.twin.reset("empty", 0, 1)
        running.rig.faults.clear()
        running.rig.calls.reset()
    shutil.copy(_database, tmp_path / "concord.db")
    settings = load({
        "CONCORD_DATABASE_URL": f"sqlite:///{tmp_path / 'concord.db'}", "CONCORD_INSTANCE": str(tmp_path),
    })  # fmt: skip
    engine = make_engine(settings.database_url)
    app = create_app(settings, config={"TESTING": True, "WTF_CSRF_ENABLED": False}, desk=make_desk(settings, engine))
    yield World(settings, _pair, app, engine, bootstrap.make_works(settings, engine))
    with app.app_context():
        db.engine.dispose()
    engine.dispose()
