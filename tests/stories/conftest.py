"""Concord whole: both simulators, the real wiring of the product, and a person in front of the portal's pages."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import select

from portal import create_app, people
from portal.extensions import db
from reconciler.core.model import Side
from reconciler.scheduler import beat
from reconciler.settings import load
from tests.e2e.twins import Concord, Twins, connected, opened, twins

S, X = Side.SALESFORCE, Side.XERO


@dataclass(frozen=True, slots=True)
class Told:
    """One story: what people do in both systems, and what somebody reads and presses in the portal."""

    world: Twins
    concord: Concord
    browser: FlaskClient

    def run(self, *, later: float = 60, **asked: Any) -> dict[str, Any]:
        """One sync, a while later, beside a scheduler that lives."""
        self.world.clock.advance(later)
        with self.concord.works.engine.begin() as connection:
            beat(connection, "scheduler", self.world.clock.now())
        return self.concord.run(**asked)

    def edit(self, side: Side, record_id: str, **fields: Any) -> None:
        """Somebody types in that system's own screens."""
        self.world.clock.advance(5)
        self.world.edit(side, record_id, fields)

    def create(self, **fields: Any) -> str:
        """A new account that is to be shared."""
        return self.world.edit(S, "", {"Sync_with_Xero__c": True} | fields, do="create")

    def shown(self, side: Side, record_id: str) -> dict[str, Any]:
        """A record as its own system shows it."""
        key = "Id" if side is S else "ContactID"
        return next(row for row in self.world.state(side) if row[key] == record_id)

    def page(self, path: str) -> str:
        """What a person reads there."""
        answer = self.browser.get(f"/c/{self.concord.connection_id}/{path}")
        assert answer.status_code == 200, answer.text
        return text(answer.text)

    def press(self, path: str, **form: str) -> str:
        """What a person reads after a button was pressed."""
        answer = self.browser.post(f"/c/{self.concord.connection_id}/{path}", data=form, follow_redirects=True)
        assert answer.status_code == 200, answer.text
        return text(answer.text)

    def seen(self, conflict: int) -> dict[str, str]:
        """What the form on a conflict's page carries to say which values were seen."""
        page = self.browser.get(f"/c/{self.concord.connection_id}/conflicts/{conflict}").text
        found = re.search(r'name="(seen(?:-\d+)?)" value="([^"]*)"', page)
        assert found is not None
        return {found[1]: unescape(found[2])}

    def rows(self, table: Any, **where: Any) -> list[Any]:
        """Rows of this connection, oldest first."""
        query = select(table.__table__).where(table.connection_id == self.concord.connection_id)
        for name, value in where.items():
            query = query.where(getattr(table, name) == value)
        with self.concord.works.engine.connect() as connection:
            return list(connection.execute(query.order_by(table.id)))


def text(html: str) -> str:
    """A page without its markup, blanks folded."""
    return re.sub(r"\s+", " ", unescape(re.sub(r"<[^>]+>", " ", html)))


@pytest.fixture(scope="session")
def world() -> Iterator[Twins]:
    with twins() as both:
        yield both


Begin = Callable[..., Told]


@pytest.fixture
def begin(world: Twins, tmp_path: Path) -> Iterator[Begin]:
    """So many customers, linked and at rest, and an administrator who is signed in."""
    works = opened(world, tmp_path)
    app = create_app(
        load({"CONCORD_DATABASE_URL": str(works.engine.url), "CONCORD_INSTANCE": str(tmp_path)}),
        now=world.clock.now,
        config={"TESTING": True, "WTF_CSRF_ENABLED": False},
    )

    def begin(customers: int = 1, rules: str = "") -> Told:
        world.reset("synced", customers)
        told = Told(world, connected(world, works, tmp_path, rules=rules), app.test_client())
        with told.concord.session() as session:
            who = people.add(session, "Ada", "administrator", "four plain words here", world.clock.now()).get_id()
        with told.browser.session_transaction() as cookie:
            cookie["_user_id"], cookie["_fresh"] = who, True
        assert told.run()["status"] == "done"
        told.run(later=3600)
        return told

    yield begin
    with app.app_context():
        db.engine.dispose()
    works.engine.dispose()
