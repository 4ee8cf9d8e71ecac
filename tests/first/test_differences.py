"""Differences of the pairs to be linked, decided by a rule for all, for one field, or record by record."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy.orm import Session

from reconciler.commands import differences as choosing
from reconciler.commands import first as steps
from reconciler.commands.differences import Pick
from reconciler.core.model import SIDES
from reconciler.errors import Stale, Usage
from reconciler.queries import differences, first
from reconciler.queries.differences import Difference, Filters
from reconciler.store.tables import ActionRow, ConflictRow, FirstChoiceRow
from tests.e2e.live import Live
from tests.first.conftest import Begin

pytestmark = pytest.mark.prove

S, X = SIDES
THERE = "+64 9 555 0{number:03}"


@pytest.fixture
def live(begin: Begin) -> Live:
    """Five pairs that a plan means to link; in three both telephones are filled and differ, in two the faxes."""
    live = begin("synced", 5)
    ids = sorted(live.records(S))
    for number, account in enumerate(ids[:3]):
        live.edit(S, account, phone=THERE.format(number=number))
    for account in ids[2:4]:
        live.edit(S, account, fax="+64 9 555 0777")
    for contact in sorted(live.records(X)):
        live.edit(X, contact, fax="+64 9 555 0111")
    live.run()
    return live


def listed(live: Live, **filters: str) -> list[Difference]:
    with Session(live.engine) as session:
        return list(differences.differences(session, live.id, Filters(**filters)).rows)


def take(live: Live, rows: list[Difference], winner: str, **more: Any) -> int:
    picks = [Pick(each.salesforce, each.xero, each.field, each.seen) for each in rows]
    with Session(live.engine) as session:
        return choosing.choose(session, live.id, picks, winner, by="Ada", now=live.world.clock.now(), **more)


def approve(live: Live) -> dict[str, Any]:
    with Session(live.engine) as session:
        view = first.first(session, live.id)
        assert view is not None
        assert view.plan is not None
        steps.approve(session, live.id, view.plan.digest, reason="Go.", by="Ada", now=live.world.clock.now())
    return live.run()


def pairs(live: Live) -> dict[str, str]:
    return {row.partition(":")[2]: ref.partition(":")[2] for row, ref in _adopted(live)}


def _adopted(live: Live) -> list[tuple[str, str]]:
    return [(row.source, row.ref) for row in live.rows(ActionRow, do="adopt")]


def test_every_difference_in_which_both_are_filled_is_listed_field_by_field_and_page_by_page(live: Live) -> None:
    rows = listed(live)
    assert {each.field for each in rows} == {"phone", "fax"}
    assert len([each for each in rows if each.field == "phone"]) == 3
    assert [each.id for each in listed(live, field="phone")] == [each.id for each in rows if each.field == "phone"]
    assert listed(live, text=rows[0].name)[0].name == rows[0].name
    paged: list[str] = []
    after: int | None = None
    with Session(live.engine) as session:
        while True:
            page = differences.differences(session, live.id, Filters(), after, limit=1)
            paged += [each.id for each in page.rows]
            after = page.next
            if after is None:
                break
    assert paged == [each.id for each in rows]


def test_a_choice_for_one_record_goes_before_the_rule_and_is_exactly_what_the_plan_writes(live: Live) -> None:
    with Session(live.engine) as session:
        steps.choose(session, live.id, "salesforce", by="Ada", now=live.world.clock.now())
    live.run()
    mine, *others = listed(live, field="phone")
    assert (mine.stands, mine.chosen) == ("salesforce", "")
    was = live.shown(X, mine.xero)["phone"]
    assert take(live, [mine], "xero", reason="They moved") == 1
    with Session(live.engine) as session:
        assert differences.outdated(session, live.id)
    with pytest.raises(Stale, match="Differences were chosen since"):
        approve(live)
    live.run()
    report = approve(live)
    assert report["status"] in {"done", "open"}
    assert live.shown(S, mine.salesforce)["phone"] == live.shown(X, mine.xero)["phone"] == was
    for other in others:
        assert live.shown(X, other.xero)["phone"] == live.shown(S, other.salesforce)["phone"]
        assert str(live.shown(X, other.xero)["phone"]).startswith("+64 9 555 00")
    (kept,) = live.rows(ConflictRow, field="phone", by="Ada")
    assert (kept.status, kept.winner, kept.reason, kept.why) == ("decided", "xero", "first", "They moved")
    assert live.rows(ActionRow, state="refused") == []
    with Session(live.engine) as session:
        assert session.query(FirstChoiceRow).filter_by(connection_id=live.id).count() == 0
    assert live.run()["writes"] == 0


def test_a_value_of_ones_own_stands_on_both_sides_once_the_two_are_linked(live: Live) -> None:
    mine, other, _ = listed(live, field="phone")
    assert take(live, [mine], "value", value="+64 9 555 0999", reason="Asked them") == 1
    (chosen,) = listed(live, show="chosen")
    assert (chosen.chosen, chosen.stands, chosen.typed and chosen.typed.text) == ("value", "", "+64 9 555 0999")
    with pytest.raises(Usage, match="one record and field at a time"):
        take(live, [mine, other], "value", value="x")
    with pytest.raises(Usage, match="holds at most"):
        take(live, [other], "value", value="9" * 300)
    assert [each.id for each in listed(live, show="chosen")] == [mine.id], "what was refused changed nothing"
    live.run()
    approve(live)
    assert {live.shown(S, mine.salesforce)["phone"], live.shown(X, mine.xero)["phone"]} == {"+64 9 555 0999"}
    (kept,) = live.rows(ConflictRow, field="phone", by="Ada")
    assert (kept.status, kept.winner, kept.why) == ("decided", "value", "Asked them")
    assert live.run()["writes"] == 0


def test_a_field_may_have_a_winner_of_its_own_and_lose_it_again(live: Live) -> None:
    with Session(live.engine) as session:
        steps.choose(session, live.id, "xero", field="fax", by="Ada", now=live.world.clock.now())
    live.run()
    stands = {each.field: each.stands for each in listed(live)}
    assert stands == {"phone": "", "fax": "xero"}
    assert {each.field for each in listed(live, show="open")} == {"phone"}
    with Session(live.engine) as session:
        steps.choose(session, live.id, "", field="fax", by="Ada", now=live.world.clock.now())
    live.run()
    assert {each.stands for each in listed(live)} == {""}


def test_what_is_asked_and_not_chosen_waits_in_the_review_queue(live: Live) -> None:
    rows = listed(live, field="phone")
    take(live, rows[:1], "salesforce")
    assert {each.id for each in listed(live, show="chosen")} == {rows[0].id}
    live.run()
    approve(live)
    waiting = {(row.salesforce, row.status) for row in live.rows(ConflictRow, field="phone")}
    assert (rows[0].salesforce, "decided") in waiting
    assert {(row.salesforce, "open") for row in rows[1:]} <= waiting


def test_the_newest_is_the_record_changed_last_and_nothing_where_that_is_not_certain(live: Live) -> None:
    rows = listed(live)
    assert take(live, rows, "newest") == len(rows)
    assert {each.chosen for each in listed(live)} == {"xero"}, "the faxes were typed there last"
    assert take(live, listed(live), "clear") == len(rows)
    assert {each.chosen for each in listed(live)} == {""}


def test_what_somebody_else_has_chosen_meanwhile_is_not_overruled_unseen(live: Live) -> None:
    one, two, _ = listed(live, field="phone")
    take(live, [one], "xero")
    with pytest.raises(Stale, match="Ada has chosen for phone since you saw it"):
        take(live, [two, one], "salesforce")
    with pytest.raises(Stale, match="Look again"):
        take(live, [one], "clear")
    assert {each.id: each.chosen for each in listed(live, show="chosen")} == {one.id: "xero"}
    assert take(live, listed(live, show="chosen"), "salesforce") == 1, "who has seen it may"


def test_a_choice_between_values_that_are_gone_is_refused_and_one_that_was_made_is_not_carried_out(live: Live) -> None:
    one, two, _ = listed(live, field="phone")
    take(live, [two], "xero")
    live.edit(S, one.salesforce, phone="+64 9 555 0999")
    live.edit(S, two.salesforce, phone="+64 9 555 0998")
    live.run()
    with pytest.raises(Stale, match="has changed since you saw it"):
        take(live, [one], "salesforce")
    assert {each.stale for each in listed(live, show="chosen")} == {True}
    approve(live)
    assert live.shown(S, two.salesforce)["phone"] == "+64 9 555 0998"
    (kept,) = [row for row in live.rows(ConflictRow, field="phone") if row.salesforce == two.salesforce]
    assert (kept.status, kept.winner) == ("open", "")
    assert "had decided" in kept.noted


def test_nonsense_is_refused(live: Live) -> None:
    row = listed(live)[0]
    with Session(live.engine) as session:
        for pick, winner in (
            (Pick(row.salesforce, row.xero, "website"), "xero"),
            (Pick("nobody", row.xero, row.field), "xero"),
            (Pick(row.salesforce, row.xero, row.field), "filled"),
        ):
            with pytest.raises(Usage):
                choosing.choose(session, live.id, [pick], winner, by="Ada", now=live.world.clock.now())
            session.rollback()
