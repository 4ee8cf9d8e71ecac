"""The whole story on two running systems, as one person lives it: sign in, allow, turn an arrow, two people edit the
same field, sync, decide by keyboard, and both systems agree.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from apscheduler.schedulers.background import BackgroundScheduler
from playwright.sync_api import Page, expect
from sqlalchemy.orm import Session

from portal import create_app, people
from reconciler import bootstrap
from reconciler.commands import connections
from reconciler.core.model import SIDES, Side
from reconciler.desk import make_desk
from reconciler.scheduler import Dispatcher
from reconciler.settings import Settings, load
from reconciler.simulators.simulate import Pair
from tests.browser.conftest import PASSWORD, OpenPage, serve

pytestmark = pytest.mark.browser

SECONDS = 1_000  # Playwright counts in milliseconds


@pytest.fixture
def pair() -> Iterator[Pair]:
    """Both systems, a dozen customers already in both."""
    with Pair(scenario="synced", records=12, seed=1) as pair:
        yield pair


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"CONCORD_DATABASE_URL": f"sqlite:///{tmp_path / 'concord.db'}", "CONCORD_INSTANCE": str(tmp_path)})


@pytest.fixture
def concord(pair: Pair, settings: Settings) -> Iterator[str]:
    """The portal's address; the scheduler runs beside it."""
    engine = bootstrap.open_database(settings)
    urls = {Side.SALESFORCE: pair.salesforce.url, Side.XERO: pair.xero.url}
    now = datetime.now(UTC)
    with Session(engine) as session:
        credentials = {side: bootstrap.credentials_from(settings, side, urls[side]) for side in SIDES}
        desk = make_desk(settings, engine)
        connections.connect(session, desk, name="Story", urls=urls, credentials=credentials, by="Ada", now=now)
        people.add(session, "Ada", "administrator", PASSWORD, now)
    scheduler = BackgroundScheduler(timezone=UTC)
    Dispatcher(bootstrap.make_works(settings, engine), scheduler).start()
    scheduler.start()
    yield from serve(create_app(settings))
    scheduler.shutdown()
    engine.dispose()


def shown(pair: Pair, side: Side, record_id: str) -> dict[str, Any]:
    """A record as its own system shows it."""
    twin, kind, key = (
        (pair.salesforce.twin, "Account", "Id") if side is Side.SALESFORCE else (pair.xero.twin, "Contact", "ContactID")
    )
    return next(dict(row) for row in twin.state(kind) if row[key] == record_id)


def edit(pair: Pair, side: Side, record_id: str, **fields: Any) -> None:
    """Somebody edits a record in that system's own screens."""
    twin = pair.salesforce.twin if side is Side.SALESFORCE else pair.xero.twin
    kind = "Account" if side is Side.SALESFORCE else "Contact"
    twin.edit({"as": "Hana Petera", "do": "update", "type": kind, "id": record_id, "fields": fields})


NEWEST = "Number((document.querySelector('#live dl a[href*=\"/syncs/\"]')?.pathname ?? '0').split('/').pop())"


def sync(page: Page, concord: str) -> None:
    """Ask for a sync on the overview and watch it end there, without reloading the page."""
    page.goto(f"{concord}/c/1/")
    expect(page.locator("#sync-now")).to_be_enabled(timeout=30 * SECONDS)
    before = page.evaluate(NEWEST)
    page.locator("#sync-now").click()
    over = f"before => {NEWEST} > before && !document.querySelector('#live progress')"
    page.wait_for_function(over, arg=before, timeout=60 * SECONDS)


def test_two_people_edit_one_field_and_a_third_decides(pair: Pair, concord: str, open_page: OpenPage) -> None:
    page = open_page(concord)
    expect(page.get_by_role("main")).to_contain_text("Read-only: Concord compares, and writes nothing yet")
    sync(page, concord)
    page.reload()
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Allow Concord to write").click()
    sync(page, concord)
    page.reload()
    expect(page.get_by_role("main")).to_contain_text("12 linked records")

    page.goto(f"{concord}/c/1/directions")
    page.locator("#customer-fax").get_by_role("button", name="Salesforce → Xero").click()
    expect(page.locator("#customer-fax").get_by_role("status")).to_contain_text("Saved.")

    account = next(dict(row) for row in pair.salesforce.twin.state("Account") if row["Xero_Contact_Id__c"])
    ids = {Side.SALESFORCE: account["Id"], Side.XERO: account["Xero_Contact_Id__c"]}
    edit(pair, Side.SALESFORCE, ids[Side.SALESFORCE], Name="Harbour Works", Fax="+64 9 555 0100")
    edit(pair, Side.XERO, ids[Side.XERO], Name="Harbour Works Limited")
    sync(page, concord)
    expect(page.locator("#live")).to_contain_text("Done, something needs a person")
    fax = next(each for each in shown(pair, Side.XERO, ids[Side.XERO])["Phones"] if each["PhoneType"] == "FAX")
    assert "555 0100" in fax["PhoneNumber"]
    assert shown(pair, Side.SALESFORCE, ids[Side.SALESFORCE])["Name"] == "Harbour Works"

    page.get_by_role("link", name="Review").click()
    page.wait_for_url("**/review")  # loaded, so that the keys are listened to
    expect(page.get_by_role("main")).to_contain_text("Harbour Works Limited")
    page.keyboard.press("j")
    page.keyboard.press("e")
    expect(page.locator("[data-row]").first).to_contain_text("Ada: take Xero")
    sync(page, concord)
    assert shown(pair, Side.SALESFORCE, ids[Side.SALESFORCE])["Name"] == "Harbour Works Limited"
    assert shown(pair, Side.XERO, ids[Side.XERO])["Name"] == "Harbour Works Limited"
    page.goto(f"{concord}/c/1/review?show=people")
    expect(page.get_by_role("main")).to_contain_text("Harbour Works Limited")
