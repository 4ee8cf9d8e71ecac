"""A run killed at every named point of every kind of action: the next run ends what it began.

Each story sets a scene, is killed where `Works.at` says so, and is left to one undisturbed run.  Then both sides are
equal, nothing was made twice, nothing is lost, every baseline is what its side shows, no conflict is open that a
person did not make, and a further run does nothing at all.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from reconciler.commands import rejections
from reconciler.core.model import Fields, Side, Status
from reconciler.core.schema import Create, OptIn, Policy
from reconciler.errors import Refusal
from reconciler.steps.context import CRASH_POINTS
from reconciler.store.tables import ActionRow, QuestionRow, RejectionRow
from tests.engine.bench import HERE, THERE, Bench, S, X, baselines, differences, owned, quiet, twins

Check = Callable[[Bench], None]


@dataclass(frozen=True, slots=True)
class Story:
    """`scene` leaves one thing to be done by the next run and returns how to see that it was done."""

    name: str
    scene: Callable[[Bench], Check]

    def __repr__(self) -> str:
        return self.name


def _updates_xero(bench: Bench) -> Check:
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.edit(S, account, phone="+64 9 300 2000", shipping=HERE)
    return _both_show(account, contact, phone="+64 9 300 2000", shipping=HERE)


def _updates_salesforce(bench: Bench) -> Check:
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.edit(X, contact, phone="+64 9 300 2000", name="Aurora Brewers")
    return _both_show(account, contact, phone="+64 9 300 2000", name="Aurora Brewers")


def _updates_both(bench: Bench) -> Check:
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.edit(S, account, phone="+64 9 300 2000")
    bench.edit(X, contact, billing=THERE)
    return _both_show(account, contact, phone="+64 9 300 2000", billing=THERE)


def _clears_a_value(bench: Bench) -> Check:
    account, contact = bench.linked(fax="+64 9 300 1000")
    bench.edit(S, account, fax="")
    return _both_show(account, contact, fax="")


def _creates_in_xero(bench: Bench) -> Check:
    account = bench.customer("Aurora Brewing", phone="+64 9 300 1000", billing=HERE)
    return _one_pair(account.fields)


def _creates_in_salesforce(bench: Bench) -> Check:
    bench.rule(replace(bench.kind, create=Create.BOTH, opt_in=OptIn(xero="all")))
    contact = bench.customer("Aurora Brewing", X, phone="+64 9 300 1000", billing=HERE)
    return _one_pair(contact.fields)


def _creates_many(bench: Bench) -> Check:
    names = [f"Customer {number}" for number in range(60)]
    for name in names:
        bench.customer(name)

    def check(bench: Bench) -> None:
        for side in Side:
            assert sorted(str(r.fields["name"]) for r in bench.worlds[side].records.values()) == sorted(names)
        assert len(bench.links()) == len(names)

    return check


def _adopts(bench: Bench) -> Check:
    account = bench.customer("Aurora Brewing", phone="+64 9 300 1000")
    contact = bench.worlds[X].create({**account.fields, "phone": "", "fax": "+64 9 300 3000"}, partner=account.ref.id)
    return _both_show(account.ref.id, contact.ref.id, phone="+64 9 300 1000", fax="+64 9 300 3000")


def _decided_by_a_person(bench: Bench) -> Check:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.edit(S, account, phone="+64 9 300 2000")
    bench.edit(X, contact, phone="+64 9 300 3000")
    bench.run()
    (conflict,) = bench.conflicts()
    bench.resolve(conflict.id, take=X)

    def check(bench: Bench) -> None:
        _both_show(account, contact, phone="+64 9 300 3000")(bench)
        (row,) = bench.conflicts("decided")
        assert (row.id, row.winner, row.by) == (conflict.id, "xero", "Rui")

    return check


def _a_value_of_their_own(bench: Bench) -> Check:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.edit(S, account, phone="+64 9 300 2000")
    bench.edit(X, contact, phone="+64 9 300 3000")
    bench.run()
    (conflict,) = bench.conflicts()
    bench.resolve(conflict.id, value="+64 9 300 4000")
    return _both_show(account, contact, phone="+64 9 300 4000")


def _decided_by_the_last_writer(bench: Bench) -> Check:
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.run()
    bench.edit(S, account, phone="+64 9 300 2000")
    bench.clock.advance(3600)
    bench.edit(X, contact, phone="+64 9 300 3000")

    def check(bench: Bench) -> None:
        _both_show(account, contact, phone="+64 9 300 3000")(bench)
        (row,) = bench.conflicts("decided")
        assert (row.winner, row.by) == ("xero", "rule")
        assert row.values == {"salesforce": "+64 9 300 2000", "xero": "+64 9 300 3000"}

    return check


def _archives(bench: Bench) -> Check:
    account, contact = bench.linked()
    bench.clock.advance(60)
    bench.worlds[S].remove(account)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, "retire")

    def check(bench: Bench) -> None:
        assert bench.worlds[X].records[contact].status is Status.ARCHIVED
        assert len(bench.rows(ActionRow, do="retire", state="settled")) == 1

    return check


def _typed_in_place_of_a_refused_one(bench: Bench) -> Check:
    bench.cannot_hold = lambda side, rule, value: (
        Refusal("bad_fax", "No.", rule.key) if side is X and rule.key == "fax" and value == "!" else None
    )
    account, contact = bench.linked(fax="1")
    bench.edit(S, account, fax="!")
    bench.run()
    (rejection,) = bench.rows(RejectionRow, status="open")
    with bench.session() as session:
        rejections.edit(session, rejection.id, "2", by="Rui", now=bench.clock.now())

    def check(bench: Bench) -> None:
        _both_show(account, contact, fax="2")(bench)
        assert [row.status for row in bench.rows(RejectionRow)] == ["closed"]

    return check


def _made_with_a_typed_value(bench: Bench) -> Check:
    """Refused as a whole: the partner is made with what was typed, and the run after that carries it back."""
    no = Refusal("invalid_address", "There is no such street.")
    bench.gateways[X].hooks.refuse = lambda write: no if write.fields.get("billing") == HERE else None
    account = bench.customer("Aurora Brewing", billing=HERE)
    bench.run()
    (rejection,) = bench.rows(RejectionRow, status="open")
    with bench.session() as session:
        rejections.edit(session, rejection.id, THERE, field="billing", by="Rui", now=bench.clock.now())

    def check(bench: Bench) -> None:
        _one_pair({**account.fields, "billing": THERE})(bench)
        assert [row.status for row in bench.rows(RejectionRow)] == ["closed"]

    return check


def _decided_by_field_history(bench: Bench) -> Check:
    """The stamp of the account is of a later edit: only the history of the field says that Xero's is the last."""
    bench.worlds[S].tracked = {"phone"}
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.run()
    bench.edit(S, account, phone="+64 9 300 2000")
    bench.clock.advance(600)
    bench.edit(X, contact, phone="+64 9 300 3000")
    bench.clock.advance(600)
    bench.edit(S, account, fax="+64 9 300 4000")

    def check(bench: Bench) -> None:
        _both_show(account, contact, phone="+64 9 300 3000", fax="+64 9 300 4000")(bench)
        (row,) = bench.conflicts("decided")
        assert (row.winner, row.edited["salesforce"]["grade"], len(row.edited["salesforce"]["told"])) == (
            "xero", "field", 1,
        )  # fmt: skip

    return check


def _goes_on_with_the_survivor(bench: Bench) -> Check:
    account, contact = bench.linked(phone="+64 9 300 1000")
    survivor = bench.worlds[S].create({**bench.shown(S, account), "name": "Kept Ltd", "fax": "5"}, flag=True).ref.id
    bench.clock.advance(5)
    bench.worlds[S].edit(account, status=Status.MERGED, merged_into=survivor, partner="")  # gone, it frees the id

    def check(bench: Bench) -> None:
        _both_show(survivor, contact, fax="5")(bench)
        assert [(row.salesforce, row.xero) for row in bench.links()] == [(survivor, contact)]

    return check


def _opts_in_again(bench: Bench) -> Check:
    account, contact = bench.linked(phone="+64 9 300 1000")
    bench.worlds[S].edit(account, flag=False)
    bench.run()
    bench.edit(S, account, phone="+64 9 300 2000")
    bench.run()
    assert bench.shown(X, contact)["phone"] == "+64 9 300 1000"
    bench.worlds[S].edit(account, flag=True)
    return _both_show(account, contact, phone="+64 9 300 2000")


def _both_show(account: str, contact: str, **expected: object) -> Check:
    def check(bench: Bench) -> None:
        for side, ref in ((S, account), (X, contact)):
            shown = bench.shown(side, ref)
            assert {key: shown[key] for key in expected} == expected

    return check


def _one_pair(expected: Fields) -> Check:
    def check(bench: Bench) -> None:
        (account,), (contact,) = (list(bench.worlds[side].records.values()) for side in (S, X))
        assert account.fields == contact.fields == expected
        assert (account.partner, contact.partner) == (contact.ref.id, account.ref.id)

    return check


# The large story has several batches to be killed between: ./dev prove tells it.
STORIES = [
    Story("an update of Xero", _updates_xero),
    Story("an update of Salesforce", _updates_salesforce),
    Story("updates both ways of one pair", _updates_both),
    Story("a value cleared", _clears_a_value),
    Story("a contact made", _creates_in_xero),
    Story("an account made", _creates_in_salesforce),
    pytest.param(Story("sixty contacts made", _creates_many), marks=pytest.mark.prove),
    Story("two records adopted", _adopts),
    Story("a decision carried out", _decided_by_a_person),
    Story("a typed value carried out", _a_value_of_their_own),
    Story("the last writer's value carried", _decided_by_the_last_writer),
    Story("a contact archived", _archives),
    *(
        pytest.param(Story(name, scene), marks=pytest.mark.prove)
        for name, scene in (
            ("a value typed in place of a refused one", _typed_in_place_of_a_refused_one),
            ("a clash decided by field history", _decided_by_field_history),
            ("a link that goes on with the survivor", _goes_on_with_the_survivor),
            ("an opt-in again", _opts_in_again),
        )
    ),
]


@pytest.mark.parametrize("point", CRASH_POINTS)
@pytest.mark.parametrize("story", STORIES, ids=repr)
def test_a_run_killed_at_any_point_is_made_good_by_the_next_one(bench: Bench, story: Story, point: str) -> None:
    check = story.scene(bench)
    assert bench.killed_at(point)
    assert bench.run()["status"] == "done"
    _is_whole(bench, check)


@pytest.mark.parametrize("nth", [2, 3, 4])
@pytest.mark.parametrize("story", [STORIES[2], *STORIES[4:7]], ids=repr)
def test_a_run_killed_between_its_later_batches_is_made_good_by_the_next_one(
    bench: Bench, story: Story, nth: int
) -> None:
    check = story.scene(bench)
    bench.killed_at("before_settle", nth)
    bench.run()
    _is_whole(bench, check)


@pytest.mark.prove
@pytest.mark.parametrize("story", STORIES, ids=repr)
def test_being_killed_at_every_point_one_after_the_other_changes_nothing(bench: Bench, story: Story) -> None:
    check = story.scene(bench)
    for point in (*CRASH_POINTS, *reversed(CRASH_POINTS)):
        bench.killed_at(point)
    bench.run()
    _is_whole(bench, check)


@pytest.mark.prove
@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_record_made_with_a_typed_value_is_made_once_whenever_the_run_is_killed(bench: Bench, point: str) -> None:
    check = _made_with_a_typed_value(bench)
    assert bench.killed_at(point)
    bench.run()
    bench.killed_at(point)
    bench.run()
    _is_whole(bench, check)


def _is_whole(bench: Bench, check: Check) -> None:
    check(bench)
    if all(r.status is Status.ACTIVE for side in Side for r in bench.worlds[side].records.values()):
        assert not differences(bench)
        assert not baselines(bench)
    assert not twins(bench)
    assert not bench.conflicts()
    assert not quiet(bench)


# -- the source is edited again before anybody recovers: without the intent written down these would be false conflicts


@pytest.mark.parametrize("point", ["after_send", "before_settle"])
@pytest.mark.parametrize("source", Side)
def test_a_source_edited_again_before_recovery_is_no_conflict(bench: Bench, point: str, source: Side) -> None:
    ids = dict(zip((S, X), bench.linked(phone="+64 9 300 1000"), strict=True))
    bench.edit(source, ids[source], phone="+64 9 300 2000")
    assert bench.killed_at(point)
    bench.edit(source, ids[source], phone="+64 9 300 3000")
    bench.run()
    _both_show(ids[S], ids[X], phone="+64 9 300 3000")(bench)
    assert not bench.conflicts()
    assert not quiet(bench)


@pytest.mark.parametrize("point", ["after_intent", "after_send", "before_settle"])
@pytest.mark.parametrize("source", Side)
def test_a_source_that_went_back_before_recovery_is_followed(bench: Bench, point: str, source: Side) -> None:
    ids = dict(zip((S, X), bench.linked(phone="+64 9 300 1000"), strict=True))
    bench.edit(source, ids[source], phone="+64 9 300 2000")
    assert bench.killed_at(point)
    bench.edit(source, ids[source], phone="+64 9 300 1000")
    bench.run()
    _both_show(ids[S], ids[X], phone="+64 9 300 1000")(bench)
    assert not bench.conflicts()


@pytest.mark.parametrize("point", ["after_intent", "after_send", "before_settle"])
@pytest.mark.parametrize("source", Side)
def test_another_field_of_the_target_edited_before_recovery_is_carried_back(
    bench: Bench, point: str, source: Side
) -> None:
    ids = dict(zip((S, X), bench.linked(phone="+64 9 300 1000"), strict=True))
    bench.edit(source, ids[source], phone="+64 9 300 2000")
    assert bench.killed_at(point)
    bench.edit(source.other, ids[source.other], fax="+64 9 300 9000")
    bench.run()
    _both_show(ids[S], ids[X], phone="+64 9 300 2000", fax="+64 9 300 9000")(bench)
    assert not bench.conflicts()


@pytest.mark.parametrize("source", Side)
def test_the_target_edited_before_recovery_loses_neither_value(bench: Bench, source: Side) -> None:
    """Our write and then the person's, or the person's alone: the one false conflict that is allowed."""
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    ids = dict(zip((S, X), bench.linked(phone="+64 9 300 1000"), strict=True))
    bench.edit(source, ids[source], phone="+64 9 300 2000")
    assert bench.killed_at("after_send")
    bench.edit(source.other, ids[source.other], phone="+64 9 300 3000")
    bench.run()
    (conflict,) = bench.conflicts()
    assert set(conflict.values.values()) == {"+64 9 300 2000", "+64 9 300 3000"}


@pytest.mark.parametrize("point", CRASH_POINTS)
def test_a_customer_opted_out_before_recovery_is_written_no_more(bench: Bench, point: str) -> None:
    account = bench.customer("Aurora Brewing").ref.id
    assert bench.killed_at(point)
    made = len(bench.worlds[X].records)
    bench.worlds[S].edit(account, flag=False)
    bench.clock.advance(5)
    bench.worlds[S].edit(account, {"phone": "+64 9 300 2000"})
    report = bench.run()
    assert report["actions"]["update"] == {"salesforce": 0, "xero": 0}
    assert len(bench.worlds[X].records) == made
    assert all(record.fields["phone"] == "" for record in bench.worlds[X].records.values())
