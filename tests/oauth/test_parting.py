"""Disconnecting gives the sign-ins back at both vendors, and never waits for a vendor that does not answer."""

from __future__ import annotations

from reconciler.core.model import Side
from reconciler.store.tables import AccessRow, ConnectionRow
from tests.oauth.conftest import World

SALESFORCE_GONE = "Salesforce no longer lets Concord in."
XERO_GONE = "Xero no longer lets Concord in."


def disconnect(world: World, number: int) -> str:
    """Part on the page, by name; what the page says then."""
    form = {"name": "Story"}
    answer = world.browser().post(f"/c/{number}/connection/disconnect", data=form, follow_redirects=True)
    assert answer.status_code == 200
    with world.engine.connect() as db:
        assert db.execute(ConnectionRow.__table__.select()).all() == []
        assert db.execute(AccessRow.__table__.select()).all() == []
    return answer.text


def test_both_vendors_let_concord_in_no_longer(world: World) -> None:
    number = world.connected()
    before = [grant.current for grant in world.pair.salesforce.twin.tokens._grants.values()]
    said = disconnect(world, number)
    assert SALESFORCE_GONE in said
    assert XERO_GONE in said
    after = {grant.current for grant in world.pair.salesforce.twin.tokens._grants.values()}
    assert before[-1] not in after
    assert not world.pair.xero.twin.first.connected


def test_a_vendor_that_does_not_answer_keeps_nobody_from_parting(world: World) -> None:
    number = world.connected()
    down = [{"match": {"path": "/connections|/services/oauth2/revoke", "every": 1}, "do": {"status": 503}}]
    for side in Side:
        world.running(side).rig.faults.post(down)
    said = disconnect(world, number)
    assert "Salesforce could not be told" in said
    assert "Xero could not be told" in said
    assert SALESFORCE_GONE not in said


def test_only_the_organisation_that_is_parted_from_is_ended_at_xero(world: World) -> None:
    number = world.connected()
    world.pair.xero.twin.settings({"organisations": 2})
    one, other = world.pair.xero.twin.companies.values()
    one.connect()
    other.connect()
    kept = world.access(number, Side.XERO)
    assert kept.consented
    assert XERO_GONE in disconnect(world, number)
    assert sorted([one.connected, other.connected]) == [False, True]


def test_the_same_two_organisations_are_not_joined_a_second_time(world: World) -> None:
    world.connected()
    browser = world.browser()
    page = world.set_up(browser, "Again")
    for side in Side:
        world.consent(browser, f"{page}/sides/{side}", side)
    answer = browser.post(f"{page}/join")
    assert answer.status_code == 422
    assert "These two organisations are joined already: Story." in answer.text
    with world.engine.connect() as db:
        assert len(db.execute(ConnectionRow.__table__.select()).all()) == 1
