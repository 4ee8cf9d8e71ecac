"""The first sync step by step: nothing is written before the approval, and exactly the approved plan after it."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from sqlalchemy.orm import Session

from reconciler.commands import first as steps
from reconciler.commands import pauses, questions
from reconciler.core.model import SIDES, Side
from reconciler.errors import Stale, Usage
from reconciler.queries import first
from reconciler.queries.actions import Tally
from reconciler.queries.first import FirstView
from reconciler.store.tables import ActionRow, QuestionRow
from tests.e2e.live import Live
from tests.first.conftest import Begin

S, X = SIDES


def look(live: Live) -> FirstView:
    with Session(live.engine) as session:
        found = first.first(session, live.id)
    assert found is not None
    return found


def take(live: Live, step: Any, *args: Any, **more: Any) -> Any:
    with Session(live.engine) as session:
        return step(session, live.id, *args, by="Ada", now=live.world.clock.now(), **more)


def test_step_by_step_from_nothing_to_the_approved_plan_carried_out(begin: Begin) -> None:
    live = begin("unlinked", 40)
    assert look(live).at == "check"
    take(live, steps.checked, sound=True)
    assert look(live).at == "directions"
    take(live, steps.directed)
    assert look(live).at == "match"
    report = live.run()
    assert (report["status"], report["writes"]) == ("read_only", 0)
    for question in live.rows(QuestionRow, status="open"):
        with Session(live.engine) as session:
            questions.answer(session, question.id, "leave", by="Ada", now=live.world.clock.now())
    assert (live.run()["writes"], look(live).questions) == (0, 0)
    take(live, steps.choose, "salesforce")
    assert live.run()["writes"] == 0
    view = look(live)
    assert view.at == "plan"
    assert view.first == "salesforce"
    assert view.plan is not None
    assert view.cost is not None
    assert view.cost.fits
    take(live, steps.approve, view.plan.digest, reason="It is what we want.")
    report = live.run()
    assert report["status"] in {"done", "open"}
    calls = {side: report["calls"][side.value] for side in SIDES}
    assert all(calls[side] <= view.cost.calls[side] for side in SIDES), (calls, view.cost)
    states = Counter(row.state for row in live.rows(ActionRow) if row.plan_id == view.plan.id)
    assert set(states) == {"settled"}, states
    assert look(live).at == ""
    assert live.run()["writes"] == 0


def test_what_is_asked_while_read_only_is_answered_before_the_first_write(begin: Begin) -> None:
    live = begin("empty", 0)
    live.world.edit(S, "create", fields={"Name": "Aurora Brewing", "Sync_with_Xero__c": True})
    live.world.edit(X, "create", fields={"Name": "Aurora Brewing Ltd"})
    assert live.run()["writes"] == 0
    asked = live.rows(QuestionRow, status="open")
    assert asked
    linkable = next(row for row in asked if any(choice.startswith("link:") for choice in row.choices))
    choice = next(choice for choice in linkable.choices if choice.startswith("link:"))
    with Session(live.engine) as session:
        questions.answer(session, linkable.id, choice, by="Ada", now=live.world.clock.now())
    live.run()
    view = look(live)
    assert view.plan is not None
    adopted = {row.ref for row in live.rows(ActionRow, do="adopt") if row.plan_id == view.plan.id} | {
        row.source for row in live.rows(ActionRow, do="adopt") if row.plan_id == view.plan.id
    }
    assert linkable.about in adopted


def test_a_plan_that_is_not_the_newest_or_rests_on_other_rules_is_not_approved(begin: Begin) -> None:
    live = begin("unlinked", 20)
    live.run()
    old = look(live).plan
    assert old is not None
    take(live, steps.choose, "xero")
    assert look(live).plan is None
    with pytest.raises(Stale, match="rules have changed"):
        take(live, steps.approve, old.digest, reason="Quick.")
    live.run()
    with pytest.raises(Stale, match="Another plan"):
        take(live, steps.approve, old.digest, reason="Quick.")
    newest = look(live).plan
    assert newest is not None
    with pytest.raises(Usage, match="reason"):
        take(live, steps.approve, newest.digest, reason=" ")
    assert not look(live).connection.is_active
    with pytest.raises(Usage, match="no choice"):
        take(live, steps.choose, "newest")


def test_a_record_edited_after_the_plan_was_made_is_left_and_the_rest_is_carried_out(begin: Begin) -> None:
    live = begin("unlinked", 20)
    live.run()
    view = look(live)
    assert view.plan is not None
    created = next(row for row in live.rows(ActionRow, do="create") if row.plan_id == view.plan.id)
    take(live, steps.approve, view.plan.digest, reason="Go.")
    live.edit(S, created.ref.partition(":")[2], phone="+64 9 555 0199")
    live.run()
    states = Counter(row.state for row in live.rows(ActionRow) if row.plan_id == view.plan.id)
    assert states["moved"] >= 1
    assert states["settled"] >= 1
    assert set(states) <= {"moved", "settled", "skipped"}


class Interrupted(Live):
    """Somebody pauses everything while the first batch is on its way."""

    __slots__ = ()

    def _reach(self, point: str) -> None:
        if point == "after_send":
            take(self, pauses.pause)
        Live._reach(self, point)


def test_a_first_sync_that_is_paused_half_way_goes_on_where_it_stopped(begin: Begin) -> None:
    live = begin("empty", 0)
    for number in range(160):  # more than a run may create without being asked
        fields = {"Name": f"Harbour {number:03} Works", "Sync_with_Xero__c": True}
        live.world.edit(S, "create", fields=fields)
    live.run()
    plan = look(live).plan
    assert plan is not None
    take(live, steps.approve, plan.digest, reason="A good plan.")
    live.__class__ = Interrupted
    live.run()
    view = look(live)
    assert len(live.records(X)) == 50
    assert view.approved is not None
    assert 0 < view.approved.ended < view.approved.total
    assert view.at == "carry out"
    live.__class__ = Live
    take(live, pauses.resume)
    report = live.run()
    assert report["status"] == "done"
    assert len(live.records(X)) == 160
    view = look(live)
    assert (view.at, view.approved) == ("", None)
    assert {row.state for row in live.rows(ActionRow) if row.plan_id == plan.id} == {"settled"}


def test_differences_of_the_pairs_to_be_linked_are_counted_with_samples(begin: Begin) -> None:
    live = begin("synced", 5)
    one, other, *_ = sorted(live.records(S))
    live.edit(S, one, phone="+64 9 555 0101")
    live.edit(S, other, phone="")
    live.run()
    phone = next(each for each in look(live).differences if each.rule.key == "phone")
    assert phone.same + phone.blank + phone.different == 5
    assert (phone.blank, phone.different) == (1, 1)
    assert phone.samples[0][1] is not None
    assert phone.samples[0][1].text == "+64 9 555 0101"


def test_the_cost_is_told_by_what_one_call_carries() -> None:
    tally = (
        Tally("create", "customer", "xero", "planned", 101),
        Tally("stamp", "customer", "salesforce", "planned", 49),
        Tally("adopt", "customer", "xero", "planned", 5_000),
    )
    found = first.cost(tally, {Side.SALESFORCE: 100, Side.XERO: 7})
    assert found.calls == {Side.XERO: 8, Side.SALESFORCE: 9}
    assert not found.fits
    assert found.minutes == 1
