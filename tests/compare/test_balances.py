"""What each customer owes and what is overdue, on the account: carried from Xero by a full compare, by nothing else."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import pytest
from sqlalchemy import Engine
from sqlalchemy.orm import Session

from reconciler.core.model import Ref, Side
from reconciler.core.undo import Scope
from reconciler.mapping.shipped import CUSTOMER
from reconciler.queries import why
from reconciler.store.tables import ConflictRow, RepairRow
from tests.adapters.wired import Wired
from tests.e2e.live import Live, stage

S, X = Side.SALESFORCE, Side.XERO


@pytest.fixture(scope="module")
def theatre() -> Iterator[tuple[Wired, Engine]]:
    with stage() as both:
        yield both


def begin(theatre: tuple[Wired, Engine], customers: int = 1) -> Live:
    world, engine = theatre
    world.reset("synced", customers)
    live = Live(world, engine, CUSTOMER)
    assert live.run()["status"] == "done"
    live.run(later=3600)
    return live


def owes(live: Live, contact: str, outstanding: float, overdue: float = 0) -> None:
    """As invoices and payments make it: no stamp moves."""
    receivable = {"AccountsReceivable": {"Outstanding": outstanding, "Overdue": overdue}}
    live.world.edit(X, "update", contact, {"Balances": receivable})


def account(live: Live, pair: Mapping[Side, str]) -> tuple[Any, Any]:
    """What Salesforce holds, as it holds it."""
    rows = live.world.running(S).twin.state("Account")
    shown = next(row for row in rows if row["Id"] == pair[S])
    return shown["Xero_Outstanding__c"], shown["Xero_Overdue__c"]


def test_a_full_compare_carries_what_is_owed_and_overdue_and_writes_only_what_has_changed(
    theatre: tuple[Wired, Engine],
) -> None:
    live = begin(theatre, 2)
    one, other = live.pairs()
    owes(live, one[X], 1250.5, 300)
    assert live.run()["writes"] == 0
    assert account(live, one) == (None, None)
    report = live.run(full=True)
    assert report["actions"]["update"] == {"salesforce": 1, "xero": 0}
    assert account(live, one) == (1250.5, 300)
    assert account(live, other) == (None, None)
    assert live.run(full=True)["writes"] == 0
    owes(live, one[X], 0)
    live.run(full=True)
    assert account(live, one) == (0, 0)
    assert not live.rows(ConflictRow)
    assert not live.rows(RepairRow)


@pytest.mark.prove
def test_a_contact_in_a_delta_shows_its_new_name_and_not_yet_its_balance(theatre: tuple[Wired, Engine]) -> None:
    live = begin(theatre)
    (pair,) = live.pairs()
    owes(live, pair[X], 80)
    live.edit(X, pair[X], phone="+64 9 300 0001")
    live.run()
    assert account(live, pair) == (None, None)
    assert live.shown(S, pair[S])["phone"] == "+64 9 300 0001"
    live.run(full=True)
    assert account(live, pair) == (80, None)


@pytest.mark.prove
def test_what_a_person_types_over_a_balance_is_put_back_and_told(theatre: tuple[Wired, Engine]) -> None:
    live = begin(theatre)
    (pair,) = live.pairs()
    owes(live, pair[X], 80)
    live.run(full=True)
    live.edit(S, pair[S], outstanding="1.00")
    live.run()
    assert account(live, pair)[0] == 80
    (told,) = live.rows(ConflictRow)
    assert (told.status, told.reason, told.values["salesforce"]) == ("decided", "direction", "1.00")


@pytest.mark.prove
def test_every_balance_changed_in_one_night_is_no_accident(theatre: tuple[Wired, Engine]) -> None:
    """Not an update that the guards count, not everything changed at once, not a repair, not an edit beside another."""
    live = begin(theatre, 260)
    pairs = live.pairs()
    for number, pair in enumerate(pairs):
        owes(live, pair[X], number + 1)
    live.edit(X, pairs[0][X], phone="+64 9 300 0001")
    report = live.run(full=True, later=60)
    assert report["status"] == "done"
    assert report["actions"]["update"] == {"salesforce": 260, "xero": 0}
    assert not live.rows(RepairRow)
    for pair in pairs:
        owes(live, pair[X], 0)
    assert live.run(full=True)["status"] == "done"


@pytest.mark.prove
def test_a_balance_beside_an_edit_leaves_the_time_of_that_edit_known(theatre: tuple[Wired, Engine]) -> None:
    """The balance moves no stamp: the record's stamp is still the time at which the telephone number was typed."""
    live = begin(theatre)
    (pair,) = live.pairs()
    live.edit(S, pair[S], phone="+64 9 300 0001")
    live.world.clock.advance(600)
    live.edit(X, pair[X], phone="+64 9 300 0002")
    owes(live, pair[X], 80)
    live.run(full=True)
    assert live.shown(S, pair[S])["phone"] == "+64 9 300 0002"


@pytest.mark.prove
def test_why_and_undo_of_a_balance_say_that_it_is_xeros(theatre: tuple[Wired, Engine]) -> None:
    live = begin(theatre)
    (pair,) = live.pairs()
    owes(live, pair[X], 80)
    run = live.run(full=True)["run_id"]
    with Session(live.engine) as session:
        told = why.why(session, live.id, Ref(S, pair[S]), "outstanding")
    assert "as Xero has it" in told.sentence
    assert live.run(undo=Scope(run))["writes"] == 0
    assert account(live, pair) == (80, None)
