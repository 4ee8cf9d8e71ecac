"""From nothing to a connection through both vendors' consent pages, and what keeps it alive or ends it."""

from __future__ import annotations

import logging
from datetime import timedelta

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from reconciler.core.model import Side
from reconciler.running import Asked, run
from reconciler.store.tables import AccessRow, SideRow
from tests.oauth.conftest import World

BOTH = list(Side)


def outcome(world: World, connection_id: int) -> str:
    report = run(world.works, connection_id, Asked())
    return f"{report['status']} {report.get('message', '')}".strip()


def end_sessions(world: World) -> None:
    """Every access token is too old from now on; refresh tokens live."""
    world.pair.salesforce.twin.tokens._sessions.clear()
    world.pair.xero.twin.tokens._access.clear()
    with world.engine.begin() as database:
        database.execute(update(AccessRow).values(holder=""))


def test_two_consent_pages_lead_to_a_connection_that_reads_and_writes_nothing(world: World) -> None:
    number = world.connected()
    assert outcome(world, number) == "read_only"
    for side in BOTH:
        access = world.access(number, side)
        assert access.consented
        assert access.serial >= 1
    with Session(world.engine) as session:
        names = set(session.scalars(select(SideRow.organisation_id)))
        assert "" not in names
        code = session.get_one(SideRow, (number, Side.XERO.value)).short_code
        assert code.startswith("!"), "a link into Xero names the organisation"


def test_neither_secret_nor_token_is_in_the_database_or_the_log(world: World, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    number = world.connected()
    outcome(world, number)
    secret = {*world.pair.salesforce.twin.tokens._sessions, *world.pair.xero.twin.tokens._access}
    secret |= {grant.current for grant in world.pair.salesforce.twin.tokens._grants.values()}
    secret |= set(world.pair.xero.twin.tokens._refresh)
    assert len(secret) >= 4
    with world.engine.connect() as database:
        kept = "".join(str(tuple(row)) for row in database.execute(select(AccessRow.__table__)))
    for canary in secret:
        assert canary not in kept + caplog.text


def test_an_expired_session_is_renewed_with_the_token_that_rotates(world: World) -> None:
    number = world.connected()
    before = {side: world.access(number, side).serial for side in BOTH}
    for _ in range(3):
        end_sessions(world)
        assert outcome(world, number) == "read_only"
    assert all(world.access(number, side).serial >= before[side] + 3 for side in BOTH)


@pytest.mark.parametrize("side", BOTH)
def test_a_consent_taken_back_is_said_once_and_the_vendor_is_left_alone(world: World, side: Side) -> None:
    number = world.connected()
    if side is Side.SALESFORCE:
        world.pair.salesforce.twin.tokens._grants.clear()
    else:
        world.pair.xero.twin.tokens._refresh.clear()
    end_sessions(world)
    assert "no longer accepts this sign-in" in outcome(world, number)
    asked = world.running(side).rig.calls.summary()["auth"]
    assert "no longer accepts this sign-in" in outcome(world, number)
    assert world.running(side).rig.calls.summary()["auth"] == asked
    assert "Signed out" in world.browser().get(f"/c/{number}/").text


def test_signing_in_again_goes_on_where_it_stopped(world: World) -> None:
    number = world.connected()
    world.pair.salesforce.twin.tokens._grants.clear()
    world.pair.xero.twin.tokens._refresh.clear()
    end_sessions(world)
    browser = world.browser()
    for each in BOTH:
        page = browser.post(f"/c/{number}/connection/{each}/again").headers["Location"]
        assert world.consent(browser, page, each).headers["Location"] == f"/c/{number}/connection"
    assert outcome(world, number) == "read_only"
    with Session(world.engine) as session:
        assert len(session.scalars(select(AccessRow)).all()) == 2, "what is not needed any more is forgotten"


@pytest.mark.parametrize("side", BOTH)
def test_another_organisation_behind_the_same_sign_in_is_refused_before_anything_is_read(
    world: World, side: Side
) -> None:
    number = world.connected()
    with world.engine.begin() as database:
        mine = (SideRow.connection_id == number) & (SideRow.side == side.value)
        other = "00D000000000001AAA" if side is Side.SALESFORCE else "00000000-0000-4000-8000-000000000001"
        database.execute(update(SideRow).where(mine).values(organisation_id=other))
    end_sessions(world)
    world.running(side).rig.calls.reset()
    assert "Another organisation is behind this sign-in" in outcome(world, number)
    assert world.running(side).rig.calls.summary()["total"] == 0


def test_a_no_at_either_consent_page_connects_nothing(world: World) -> None:
    browser = world.browser()
    page = world.set_up(browser)
    for side in BOTH:
        answer = world.consent(browser, f"{page}/sides/{side}", side, decision="deny")
        assert answer.status_code == 422
        assert "said no" in answer.text


def test_an_answer_lost_on_the_way_is_forgiven_by_xero(world: World) -> None:
    number = world.connected()
    end_sessions(world)
    world.pair.xero.rig.faults.post([{"match": {"path": "token", "nth": 1}, "do": "drop_after"}])
    assert outcome(world, number).startswith("unavailable")
    assert world.access(number, Side.XERO).refresh_started is not None
    assert outcome(world, number) == "read_only"


def test_an_answer_lost_on_the_way_from_salesforce_is_not_risked_twice(world: World) -> None:
    number = world.connected()
    end_sessions(world)
    world.pair.salesforce.rig.faults.post([{"match": {"path": "oauth2/token", "nth": 1}, "do": "drop_after"}])
    assert outcome(world, number).startswith("unavailable")
    age(world, number, Side.SALESFORCE)
    grants = len(world.pair.salesforce.twin.tokens._grants)
    assert "its answer was lost on the way" in outcome(world, number)
    assert len(world.pair.salesforce.twin.tokens._grants) == grants, (
        "the old token was not shown again, so the vendor revoked nothing"
    )
    assert world.access(number, Side.SALESFORCE).signed_out_at is not None


def test_a_request_that_never_arrived_is_found_out_and_made_again(world: World) -> None:
    number = world.connected()
    end_sessions(world)
    world.pair.salesforce.rig.faults.post([{"match": {"path": "oauth2/token", "nth": 1}, "do": "drop_before"}])
    assert outcome(world, number).startswith("unavailable")
    assert outcome(world, number).startswith("unavailable"), "it may still be on its way"
    age(world, number, Side.SALESFORCE)
    assert outcome(world, number) == "read_only"


def age(world: World, number: int, side: Side) -> None:
    """Let the time pass in which a request could still arrive."""
    row = world.access(number, side)
    assert row.refresh_started is not None
    earlier = row.refresh_started - timedelta(seconds=60)
    with world.engine.begin() as database:
        database.execute(update(AccessRow).where(AccessRow.id == row.id).values(refresh_started=earlier))
