"""Answers lost, cut, garbled or late, on each kind of write, over real sockets: nothing twice, nothing lost.

One run meets the fault; whatever it could know, the runs after it bring both sides into agreement by reading.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

import pytest
from sqlalchemy import Engine

from reconciler.core.model import SIDES, Side
from reconciler.core.schema import Create, OptIn
from reconciler.store.tables import ConflictRow
from tests.adapters.wired import Wired
from tests.e2e.live import LOST, Live, differences

S, X = Side.SALESFORCE, Side.XERO
# In the fast tests those that differ most; the others belong to ./dev prove.
FAST = {"dropped after", "carried out late", "cut short"}


def _slow_but(fast: set[str], names: Iterable[str]) -> list[Any]:
    return [name if name in fast else pytest.param(name, marks=pytest.mark.prove) for name in names]


@dataclass(frozen=True, slots=True)
class Case:
    """One kind of write: what leads to it, on which side it goes out, and the path it takes."""

    name: str
    scene: Callable[[Live], dict[str, str]]
    side: Side
    method: str
    path: str

    def __repr__(self) -> str:
        return self.name


@pytest.fixture
def live(twins: tuple[Wired, Engine]) -> Live:
    """Three customers, linked and at rest."""
    world, engine = twins
    world.clock.advance(3600)
    one = Live(world.reset("synced", 3), engine)
    one.run()
    assert len(one.pairs()) == 3
    return one


def _edited_in(side: Side) -> Callable[[Live], dict[str, str]]:
    def scene(live: Live) -> dict[str, str]:
        for number, pair in enumerate(live.pairs()):
            live.edit(side, pair[side], phone=f"+64 9 300 200{number}")
        return {"phone": "+64 9 300 200"}

    return scene


def _born_in_salesforce(live: Live) -> dict[str, str]:
    for number in range(3):
        fields = {"Name": f"Newcomer {number}", "Sync_with_Xero__c": True, "Phone": f"+64 9 300 200{number}"}
        live.world.edit(S, "create", fields=fields)
    return {"name": "Newcomer "}


def _born_in_xero(live: Live) -> dict[str, str]:
    live.rule(replace(live.kind, create=Create.BOTH, opt_in=OptIn(xero="all")))
    for number in range(3):
        live.world.edit(X, "create", fields={"Name": f"Newcomer {number}"})
    return {"name": "Newcomer "}


CASES = [
    Case("an update of Xero", _edited_in(S), X, "POST", "/Contacts$"),
    Case("an update of Salesforce", _edited_in(X), S, "POST", "/composite$"),
    Case("contacts made", _born_in_salesforce, X, "PUT", "/Contacts$"),
    Case("accounts made", _born_in_xero, S, "PATCH", "/composite/sobjects/"),
    Case("accounts stamped", _born_in_salesforce, S, "POST", "/composite$"),
]


@pytest.mark.parametrize("lost", _slow_but(FAST, LOST))
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_write_whose_outcome_is_unknown_is_settled_by_reading(live: Live, case: Case, lost: str) -> None:
    expected = case.scene(live)
    live.fault(case.side, case.path, LOST[lost], method=case.method)
    live.run()
    live.run(later=120)
    report = live.run(later=120)
    assert report["status"] == "done"
    assert not differences(live)
    _nothing_twice(live, expected)
    assert not live.rows(ConflictRow)
    assert live.run()["writes"] == 0


def _nothing_twice(live: Live, expected: dict[str, str]) -> None:
    (key, value) = next(iter(expected.items()))
    for side in SIDES:
        shown = sorted(str(record.fields[key]) for record in live.records(side).values())
        assert [text for text in shown if text.startswith(value)] == [f"{value}{number}" for number in range(3)]
    numbers = [record.partner for record in live.records(X).values() if record.partner]
    assert len(numbers) == len(set(numbers)) == len(live.pairs())


@pytest.mark.parametrize("side", SIDES)
@pytest.mark.parametrize("lost", _slow_but({"cut short"}, [name for name in LOST if name != "carried out late"]))
def test_a_reading_that_fails_changes_nothing(live: Live, side: Side, lost: str) -> None:
    """The other side may have been read by then, and that reading is kept; nothing is written on half a picture."""
    pair = live.pairs()[0]
    live.edit(S, pair[S], phone="+64 9 300 2000")
    live.edit(X, pair[X], account_number="A-1")
    live.fault(side, "query|Contacts", LOST[lost])
    report = live.run()
    assert (report["status"], report["writes"]) == ("unavailable", 0)
    assert live.run()["status"] == "done"
    assert not differences(live)
    assert live.shown(X, pair[X])["phone"] == "+64 9 300 2000"
    assert live.shown(S, pair[S])["account_number"] == "A-1"


@pytest.mark.parametrize("point", _slow_but({"after_send"}, ["after_intent", "after_send", "before_settle"]))
@pytest.mark.parametrize("case", CASES, ids=repr)
def test_a_run_killed_over_the_wire_is_made_good_by_the_next_one(live: Live, case: Case, point: str) -> None:
    expected = case.scene(live)
    assert live.dies(point)
    live.run()
    live.run()
    assert not differences(live)
    _nothing_twice(live, expected)
    assert not live.rows(ConflictRow)
    assert live.run()["writes"] == 0
