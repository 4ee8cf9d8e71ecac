"""The first sync's page while a sync is under way: it keeps itself up to date and takes nothing from who is typing."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import expect
from sqlalchemy import select
from sqlalchemy.orm import Session

from reconciler.store.database import make_engine
from reconciler.store.tables import ConnectionRow, PlanRow, RunRow
from tests.browser.conftest import OpenPage
from tests.portal.world import NOW

pytestmark = pytest.mark.browser


@pytest.fixture
def reading(portal: str, tmp_path: Path) -> Session:
    """The world's connection before anybody let it write, with a plan to approve and a sync under way."""
    session = Session(make_engine(f"sqlite:///{tmp_path / 'concord.db'}"))
    session.query(RunRow).filter(RunRow.status.in_(("queued", "running"))).delete()
    connection = session.get_one(ConnectionRow, 1)
    connection.activated_at = None
    for plan in session.scalars(select(PlanRow)):
        plan.status, plan.rules_version = "proposed", connection.rules_version
    session.add(RunRow(connection_id=1, asked_at=NOW, asked_by="Ada", do="run", full=False, status="running",
                       progress={}, report={}))  # fmt: skip
    session.commit()
    return session


def test_what_is_typed_while_a_sync_ends_stays_typed(portal: str, open_page: OpenPage, reading: Session) -> None:
    page = open_page(portal)
    page.goto(f"{portal}/c/1/first")
    page.locator("details").evaluate_all("all => all.forEach((one) => (one.open = true))")
    page.select_option("#winner", "xero")
    page.locator("#reason").press_sequentially("Looked thr")
    for run in reading.query(RunRow).filter_by(status="running"):
        run.progress = {"step": "reading xero", "done": 1200, "of": 0}
    reading.commit()
    expect(page.locator("#first-run")).to_contain_text("1,200")
    page.keyboard.type("ough")
    for run in reading.query(RunRow).filter_by(status="running"):
        run.status, run.finished_at = "read_only", NOW
    reading.commit()
    expect(page.locator("#first-run")).to_be_empty()
    assert page.input_value("#reason") == "Looked through"
    assert page.input_value("#winner") == "xero"
    assert page.evaluate("document.activeElement.id") == "reason"
