"""What people answer, decide and ask for at whatever moment of a run: it is followed, and never wiped."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, update

from reconciler.commands import rejections
from reconciler.core.model import Status
from reconciler.core.schema import Policy
from reconciler.errors import Refusal
from reconciler.store.tables import ConflictRow, ConnectionRow, LinkRow, QuestionRow, RejectionRow
from tests.engine.bench import Bench, S, X, differences, owned
from tests.engine.test_said_since import unlink

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
