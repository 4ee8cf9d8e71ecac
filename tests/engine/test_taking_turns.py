"""What people say while a run settles: it waits for the transaction that is under way, and the next one waits for it.

Otherwise a run that has just found nothing said would bring to rest what is being said about in that moment.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Thread

import pytest

from reconciler.commands import rejections, undo
from reconciler.core.model import Ref
from reconciler.core.schema import Flow, Policy
from reconciler.errors import Refusal
from reconciler.store.lease import Lease
from reconciler.store.tables import QuestionRow, RejectionRow
from tests.engine.bench import Bench, S, X, owned

Say = Callable[[Bench], Callable[[], None]]


def other_rules(bench: Bench) -> Callable[[], None]:
    return lambda: bench.rule(owned(bench, phone={"flow": Flow.S2X}))


def a_decision(bench: Bench) -> Callable[[], None]:
    bench.rule(owned(bench, phone={"policy": Policy.ASK}))
    account, contact = bench.linked(phone="111")
    bench.edit(S, account, phone="222")
    bench.edit(X, contact, phone="333")
    bench.run()
    (conflict,) = bench.conflicts()
    return lambda: bench.resolve(conflict.id, take=S)


def an_answer(bench: Bench) -> Callable[[], None]:
    _, contact = bench.linked()
    bench.worlds[X].remove(contact)
    bench.run()
    (question,) = bench.rows(QuestionRow, status="open")
    return lambda: bench.answer(question.id, question.choices[0])


def a_parting(bench: Bench) -> Callable[[], None]:
    _, contact = bench.linked()

    def part() -> None:
        with bench.session() as session:
            undo.unlink(session, Ref(X, contact), by="Rui", now=bench.clock.now(), connection_id=bench.id)

    return part


def another_try(bench: Bench) -> Callable[[], None]:
    account, _ = bench.linked(phone="111")
    bench.gateways[X].hooks.refuse = lambda _write: Refusal("bad_value", "This value is not taken.", field="phone")
    bench.edit(S, account, phone="222")
    bench.run()
    (refused,) = bench.rows(RejectionRow, status="open")

    def retry() -> None:
        with bench.session() as session:
            rejections.retry(session, refused.id, by="Rui", now=bench.clock.now())

    return retry


@pytest.mark.parametrize("say", [other_rules, a_decision, an_answer, a_parting, another_try])
def test_what_is_said_waits_for_a_transaction_of_a_run(bench: Bench, say: Say) -> None:
    speaker = Thread(target=say(bench))
    run = Lease(bench.engine, bench.id, bench.clock)
    run.acquire()
    with bench.engine.begin() as db:
        run.fence(db)
        speaker.start()
        speaker.join(0.3)
        assert speaker.is_alive()
    speaker.join(30)
    assert not speaker.is_alive()
