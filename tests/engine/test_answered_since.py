"""What people answer, decide and ask for at whatever moment of a run: it is followed, and never wiped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, update

from reconciler.commands import first, rejections
from reconciler.core.model import Side, Status
from reconciler.core.schema import Create, Policy
from reconciler.errors import Refusal
from reconciler.store.tables import ConflictRow, ConnectionRow, LinkRow, QuestionRow, RejectionRow
from tests.engine.bench import Bench, S, X, differences, owned
from tests.engine.test_between_the_steps import meanwhile
from tests.engine.test_said_since import MAIL, held, released, unlink

# Between two transactions of a short run: those around which it concludes, and slowly all others.
MOMENTS = [pytest.param(n, marks=() if 6 <= n <= 13 else pytest.mark.prove) for n in range(1, 22)]


@contextmanager
def between_transactions(bench: Bench, moment: int, act: Callable[[], Any]) -> Iterator[list[int]]:
    """A person acts when the run has ended so many transactions since it has read both sides; yields which, if any."""
    ended, acted = -1, list[int]()

    def reach(point: str) -> None:
        nonlocal ended
        ended = 0 if point == "after_observe" else ended

    def end(*_: object) -> None:
        nonlocal ended
        ended += ended >= 0
        if ended == moment and not acted:
            acted.append(moment)
            act()

    bench.at = reach
    event.listen(bench.engine, "checkin", end)
    try:
        yield acted
    finally:
        event.remove(bench.engine, "checkin", end)
        bench.at = lambda _point: None


def run_with(bench: Bench, moment: int, act: Callable[[], Any]) -> None:
    """One run in which a person acts, or acts right after it, and two more."""
    with between_transactions(bench, moment, act) as acted:
        bench.run()
    if not acted:
        act()
    bench.run()
    bench.run()


def asked_about(bench: Bench) -> tuple[str, str, int]:
    """An account and a contact of one name, the question about the two, and a reason to look at it again."""
    account, contact = (bench.customer("Aurora Brewing", side).ref.id for side in (S, X))
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.edit(X, contact, phone="5")
    return account, contact, question.id


def looked_at_again(bench: Bench) -> None:
    """Rules are saved: every link is looked at by the next run."""
    bench.rule(owned(bench, fax={"policy": Policy.ASK}))


def read_only(bench: Bench) -> None:
    with bench.engine.begin() as db:
        db.execute(update(ConnectionRow).where(ConnectionRow.id == bench.id).values(activated_at=None))


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_answer_given_at_any_moment_of_a_run_is_followed(bench: Bench, moment: int) -> None:
    account, contact, question = asked_about(bench)
    run_with(bench, moment, lambda: bench.answer(question, f"link:xero:{contact}"))
    assert [(link.salesforce, link.xero) for link in bench.links()] == [(account, contact)]


@pytest.mark.parametrize("moment", MOMENTS)
def test_two_that_are_said_not_to_be_the_same_at_any_moment_of_a_run_are_not_asked_about_again(
    bench: Bench, moment: int
) -> None:
    _, contact, question = asked_about(bench)
    run_with(bench, moment, lambda: bench.answer(question, f"not:xero:{contact}"))
    open_now = bench.rows(QuestionRow, status="open")
    assert [row.type for row in open_now] == ["name_taken"]


@pytest.mark.parametrize("moment", MOMENTS)
def test_an_answer_given_while_the_first_sync_looks_is_kept(bench: Bench, moment: int) -> None:
    read_only(bench)
    _, contact, question = asked_about(bench)
    run_with(bench, moment, lambda: bench.answer(question, f"link:xero:{contact}"))
    (row,) = bench.rows(QuestionRow)
    assert (row.status, row.answer) == ("answered", f"link:xero:{contact}")


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_decision_made_at_any_moment_of_a_run_is_carried_out(bench: Bench, moment: int) -> None:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="111")
    bench.edit(S, account, phone="222")
    bench.edit(X, contact, phone="333")
    bench.run()
    (conflict,) = bench.conflicts()
    looked_at_again(bench)
    run_with(bench, moment, lambda: bench.resolve(conflict.id, take=S))
    assert bench.shown(S, account)["phone"] == bench.shown(X, contact)["phone"] == "222"


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_said_about_a_removal_at_any_moment_of_a_run_is_done(bench: Bench, moment: int) -> None:
    account, contact = bench.linked(phone="111")
    bench.clock.advance(5)
    bench.worlds[S].remove(account)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    looked_at_again(bench)
    run_with(bench, moment, lambda: bench.answer(question.id, "retire"))
    assert bench.worlds[X].records[contact].status is Status.ARCHIVED


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_pair_that_is_parted_at_any_moment_of_a_run_leaves_nothing_to_decide(bench: Bench, moment: int) -> None:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="111")
    bench.edit(S, account, phone="222")
    bench.edit(X, contact, phone="333")
    run_with(bench, moment, lambda: unlink(bench, contact))
    assert [row.status for row in bench.rows(LinkRow)] == ["closed"]
    assert not bench.rows(ConflictRow, status="open")


@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_to_be_tried_again_at_any_moment_of_a_run_is_tried(bench: Bench, moment: int) -> None:
    account, _ = bench.linked(phone="111")
    hooks = bench.gateways[X].hooks
    hooks.refuse = lambda write: Refusal("BAD", "no", "phone", "fix") if "phone" in write.fields else None
    bench.edit(S, account, phone="222")
    bench.run()
    hooks.refuse = None
    (rejection,) = bench.rows(RejectionRow, status="open")
    looked_at_again(bench)

    def retry() -> None:
        with bench.session() as session:
            rejections.retry(session, rejection.id, by="Rui", now=bench.clock.now())

    run_with(bench, moment, retry)
    assert not differences(bench)
    assert not bench.rows(RejectionRow, status="retrying")


def names(bench: Bench, side: Side) -> list[Any]:
    return [record.fields["name"] for record in bench.worlds[side].records.values()]


def surely_the_same(bench: Bench, account: str, contact: str) -> None:
    """One e-mail on both: the two are linked unasked."""
    bench.worlds[S].edit(account, {"email": MAIL})
    bench.clock.advance(5)
    bench.worlds[X].edit(contact, {"email": MAIL})


ANSWERS = {  # and the names in Xero in the end
    "leave": ["Aurora Brewing"],
    "not:xero:{contact}": ["Aurora Brewing"],  # the name is taken: another question
    "create_as:Aurora Two": ["Aurora Brewing", "Aurora Two"],
}


@pytest.mark.parametrize("answer", ANSWERS)
def test_a_held_plan_links_no_two_against_what_was_answered_since(bench: Bench, answer: str) -> None:
    digest = held(bench)
    account, contact, question = asked_about(bench)
    surely_the_same(bench, account, contact)
    plan = digest()
    bench.answer(question, answer.format(contact=contact))
    refused = bench.run(plan=plan, reason="The blank is meant.")
    assert (refused["status"], bool(refused["moved"])) == ("refused", True)
    report = released(bench, plan)
    assert (report["status"], bool(report["set_aside"])) == ("open", True)
    bench.run()
    assert (account, contact) not in [(link.salesforce, link.xero) for link in bench.links()]
    assert names(bench, X)[1:] == ANSWERS[answer]


def test_a_held_plan_links_two_as_it_was_answered_since(bench: Bench) -> None:
    digest = held(bench)
    account, contact, question = asked_about(bench)
    surely_the_same(bench, account, contact)
    plan = digest()
    bench.answer(question, f"link:xero:{contact}")
    assert bench.run(plan=plan, reason="The blank is meant.")["status"] == "done"
    assert (account, contact) in [(link.salesforce, link.xero) for link in bench.links()]


@pytest.mark.parametrize(
    ("answer", "in_the_end"),
    [
        ("leave", ["Basalt Foods"]),
        ("link:xero:{contact}", ["Basalt Foods"]),
        ("create_as:Aurora Two", ["Basalt Foods", "Aurora Two"]),
    ],
)
def test_a_held_plan_makes_no_contact_against_what_was_answered_since(
    bench: Bench, answer: str, in_the_end: list[str]
) -> None:
    bench.rule(replace(bench.kind, limits=replace(bench.kind.limits, creates=0)))
    _, contact, question = asked_about(bench)
    bench.edit(X, contact, name="Basalt Foods")  # it is no candidate any more
    report = bench.run()
    assert report["status"] == "halted"
    bench.answer(question, answer.format(contact=contact))
    report = released(bench, report["digest"])
    assert report["set_aside"]
    assert names(bench, X) == ["Basalt Foods"]
    bench.rule(replace(bench.kind, limits=replace(bench.kind.limits, creates=9)))
    for _ in range(2):
        bench.run()
    assert names(bench, X) == in_the_end
    assert len(bench.links()) == (answer != "leave")


def test_two_said_not_to_be_the_same_are_not_linked_by_the_first_plan_that_is_approved(bench: Bench) -> None:
    read_only(bench)
    account, contact, question = asked_about(bench)
    surely_the_same(bench, account, contact)
    digest = bench.run()["digest"]
    bench.answer(question, f"not:xero:{contact}")
    with bench.session() as session:
        first.approve(session, bench.id, digest, reason="It is meant.", by="Ada", now=bench.clock.now())
    bench.run()
    assert not bench.links()


@pytest.mark.parametrize("answer", ["leave", "create_as:Aurora Two"])
def test_a_contact_is_not_made_against_what_is_answered_right_before(bench: Bench, answer: str) -> None:
    bench.linked("The canary")
    _, contact, question = asked_about(bench)
    bench.edit(X, contact, name="Basalt Foods")
    meanwhile(bench, "after_adopt", lambda: bench.answer(question, answer))
    bench.run()
    bench.run()
    made = [answer.removeprefix("create_as:")] if answer != "leave" else []
    assert names(bench, X) == ["The canary", "Basalt Foods", *made]


@pytest.mark.parametrize("answer", ["leave", "create_as:Aurora Two"])
def test_two_are_not_linked_against_what_is_answered_while_a_run_decides(bench: Bench, answer: str) -> None:
    account, contact, question = asked_about(bench)
    surely_the_same(bench, account, contact)
    run_with(bench, 8, lambda: bench.answer(question, answer))
    assert (account, contact) not in [(link.salesforce, link.xero) for link in bench.links()]


def test_a_record_that_is_to_be_left_alone_is_not_linked_unasked_when_another_finds_it(bench: Bench) -> None:
    account, contact, question = asked_about(bench)
    bench.rule(replace(bench.kind, create=Create.BOTH, opt_in=replace(bench.kind.opt_in, xero="all")))
    bench.answer(question, "leave")
    surely_the_same(bench, account, contact)
    for _ in range(2):
        bench.run()
    assert not bench.links()
    (asked,) = bench.rows(QuestionRow, status="open")
    assert asked.about == f"xero:{contact}"
    bench.answer(asked.id, f"link:salesforce:{account}")
    bench.run()
    assert [(link.salesforce, link.xero) for link in bench.links()] == [(account, contact)]


def test_an_own_name_that_may_not_be_made_any_more_is_asked_about_anew(bench: Bench) -> None:
    account, contact, question = asked_about(bench)
    bench.answer(question, "create_as:Aurora Two")
    surely_the_same(bench, account, contact)
    bench.rule(replace(bench.kind, create=Create.NONE))
    bench.run()
    assert not bench.links()
    assert [row.answer for row in bench.rows(QuestionRow, status="open")] == [""]


def test_what_is_left_without_a_partner_is_not_made_when_its_refusal_is_tried_again(bench: Bench) -> None:
    bench.linked("The canary")
    hooks = bench.gateways[X].hooks
    hooks.refuse = lambda write: Refusal("BAD", "no", "name", "fix") if write.fields.get("name") == "Aurora" else None
    account = bench.customer("Aurora").ref.id
    bench.run()
    hooks.refuse = None
    contact = bench.customer("Aurora", X).ref.id
    bench.edit(S, account, phone="1")
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    bench.answer(question.id, "leave")
    bench.edit(X, contact, name="Zebra")
    (refused,) = bench.rows(RejectionRow)
    with bench.session() as session:
        rejections.retry(session, refused.id, by="Rui", now=bench.clock.now())
    bench.run()
    assert names(bench, X) == ["The canary", "Zebra"]
    (told,) = bench.rows(RejectionRow)
    assert (told.status, told.closed_because) == ("closed", "It is left without a partner, as somebody has said.")
