"""From an empty Concord through both vendors' consent pages to a first sync of 300 customers, as one person does it."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterator
from datetime import UTC
from pathlib import Path

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from playwright.sync_api import Browser, ConsoleMessage
from sqlalchemy.orm import Session
from werkzeug.security import generate_password_hash

from portal import create_app
from reconciler.bootstrap import WallClock, make_works
from reconciler.core.values import equal
from reconciler.desk import make_desk
from reconciler.mapping import salesforce, xero
from reconciler.mapping.shipped import CUSTOMER
from reconciler.scheduler import Dispatcher
from reconciler.settings import load
from reconciler.simulators.simulate import Pair
from reconciler.store.database import make_engine
from reconciler.store.tables import ActionRow, Base, ConnectionRow, LinkRow, PlanRow, UserRow
from tests.browser.conftest import PASSWORD, serve
from tests.browser.journey import Person, connect, first_sync

pytestmark = pytest.mark.browser

CUSTOMERS = 300
MINUTES = 10


class Empty:
    """A Concord that knows nobody but Ada, at the name that Xero accepts, with its scheduler beside it."""

    def __init__(self, folder: Path) -> None:
        values = {"CONCORD_DATABASE_URL": f"sqlite:///{folder / 'concord.db'}", "CONCORD_INSTANCE": str(folder)}
        self.settings = load(values)
        self.engine = make_engine(self.settings.database_url)
        Base.metadata.create_all(self.engine)
        password = generate_password_hash(PASSWORD, method="scrypt:1024:8:1")
        with Session(self.engine) as session:
            now = WallClock().now()
            session.add(UserRow(name="Ada", role="administrator", password=password, stamp="ada", created_at=now))
            session.commit()
        self.scheduler = BackgroundScheduler(timezone=UTC)
        self.url = ""

    def served(self) -> Iterator[Empty]:
        Dispatcher(make_works(self.settings, self.engine), self.scheduler).start()
        self.scheduler.start()
        for address in serve(create_app(self.settings, desk=make_desk(self.settings, self.engine))):
            self.url = address.replace("127.0.0.1", "localhost")
            yield self
        self.scheduler.shutdown()
        self.engine.dispose()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Empty]:
    yield from Empty(tmp_path).served()


@pytest.fixture(scope="module")
def pair() -> Iterator[Pair]:
    """Two organisations of 300 customers each that know nothing of each other: seven in ten are in both."""
    with Pair(scenario="unlinked", records=CUSTOMERS, seed=1) as pair:
        shared = {"as": "Hana Petera", "do": "update", "type": "Account", "fields": {"Sync_with_Xero__c": True}}
        for row in list(pair.salesforce.twin.state("Account")):
            pair.salesforce.twin.edit({**shared, "id": row["Id"]})
        yield pair


def test_an_empty_concord_comes_to_an_applied_first_sync(browser: Browser, empty: Empty, pair: Pair) -> None:
    complaints: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error" and "localhost" in str(message.location.get("url")):
            complaints.append(message.text)

    context = browser.new_context(viewport={"width": 1280, "height": 850})
    person = Person(context.new_page())
    person.page.on("console", listen)
    began = time.monotonic()
    connect(person, empty.url, pair)
    consents = person.steps
    with Session(empty.engine) as session:
        assert session.query(ConnectionRow).one().activated_at is None
        assert session.query(LinkRow).count() == 0
    first_sync(person)
    machines = (time.monotonic() - began) / 60
    context.close()
    print(
        f"\nFrom an empty Concord to an applied first sync of {CUSTOMERS} customers: {person.steps} steps by hand, "
        f"{consents} of them until both sides were connected; {person.words:,} words on {person.pages} pages and "
        f"{person.characters} characters typed: {person.minutes:.1f} minutes of a person's, reading every word; "
        f"both systems, the browser and Concord took {machines:.1f} more."
    )
    assert complaints == []
    assert person.steps <= 50
    assert person.minutes < MINUTES
    applied(empty, pair)


def applied(empty: Empty, pair: Pair) -> None:
    """What was approved was carried out, and every customer in Salesforce now agrees with its contact in Xero."""
    with Session(empty.engine) as session:
        plan = session.query(PlanRow).filter(PlanRow.decided_by == "Ada").one()
        states = Counter(row.state for row in session.query(ActionRow).filter_by(plan_id=plan.id))
        links = {row.salesforce: row.xero for row in session.query(LinkRow).filter_by(status="active")}
    assert plan.status == "done"
    assert set(states) == {"settled"}, states
    accounts = {row["Id"]: salesforce.to_record(row, CUSTOMER) for row in pair.salesforce.twin.state("Account")}
    contacts = {row["ContactID"]: xero.to_record(row, CUSTOMER) for row in pair.xero.twin.state("Contact")}
    assert len(accounts) == CUSTOMERS
    assert set(links) == set(accounts)
    name = next(rule for rule in CUSTOMER.fields if rule.key == "name")
    assert all(
        equal(name, accounts[one].fields["name"], contacts[other].fields["name"]) for one, other in links.items()
    )
