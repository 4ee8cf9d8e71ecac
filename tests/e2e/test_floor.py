"""What a run costs: one read of each side when nothing happened, and never more than the floor when something did."""

from __future__ import annotations

from math import ceil

import pytest
from sqlalchemy import Engine

from reconciler.core.model import Side
from reconciler.mapping.shipped import CUSTOMER
from tests.adapters.wired import Wired
from tests.e2e.live import Live, differences, limitless

S, X = Side.SALESFORCE, Side.XERO
PAGE = {S: 2000, X: 1000}


def synced(twins: tuple[Wired, Engine], records: int) -> Live:
    """So many customers, equal on both sides, linked and at rest."""
    world, engine = twins
    world.reset("synced", records)
    live = Live(world, engine, limitless(CUSTOMER))
    assert live.run()["status"] == "done"
    assert len(live.pairs()) == records
    live.run(later=3600)
    return live


def floor(to_salesforce: int, to_xero: int, *, canary: int = 1) -> dict[str, int]:
    """Design: one read a side; two calls for 50 in Xero and one query of their sources; one composite for 24."""
    canary = canary if to_salesforce or to_xero else 0
    return {
        "salesforce": 1 + canary + ceil(to_xero / 50) + ceil(to_salesforce / 24),
        "xero": 1 + canary + 2 * ceil(to_xero / 50),
    }


@pytest.mark.parametrize("records", [1, 10, pytest.param(1000, marks=pytest.mark.prove)])
def test_a_quiet_run_reads_each_side_once_and_writes_nothing(twins: tuple[Wired, Engine], records: int) -> None:
    live = synced(twins, records)
    report = live.run()
    assert (report["status"], report["writes"]) == ("done", 0)
    assert report["calls"] == floor(0, 0) == {"salesforce": 1, "xero": 1}


@pytest.mark.parametrize(
    ("in_salesforce", "in_xero"),
    [(1, 0), (0, 1), (0, 25), (51, 0), (60, 60)],
)
def test_edits_cost_no_more_calls_than_the_floor(twins: tuple[Wired, Engine], in_salesforce: int, in_xero: int) -> None:
    """Each customer is edited on one side only."""
    live = synced(twins, in_salesforce + in_xero + 1)
    pairs = live.pairs()
    for number, pair in enumerate(pairs[:in_salesforce]):
        live.edit(S, pair[S], phone=f"+64 9 300 {number:04}")
    for number, pair in enumerate(pairs[in_salesforce : in_salesforce + in_xero]):
        live.edit(X, pair[X], account_number=f"A-{number:04}")
    report = live.run()
    assert report["actions"]["update"] == {"salesforce": in_xero, "xero": in_salesforce}
    assert not differences(live)
    wanted = floor(in_xero, in_salesforce)
    assert all(report["calls"][side] <= wanted[side] for side in wanted), (report["calls"], wanted)


def test_a_customer_edited_on_both_sides_costs_no_more_than_the_floor(twins: tuple[Wired, Engine]) -> None:
    live = synced(twins, 31)
    for number, pair in enumerate(live.pairs()[:30]):
        live.edit(S, pair[S], phone=f"+64 9 300 {number:04}")
        live.edit(X, pair[X], account_number=f"A-{number:04}")
    report = live.run()
    assert not differences(live)
    wanted = floor(30, 30)
    assert all(report["calls"][side] <= wanted[side] for side in wanted), (report["calls"], wanted)


@pytest.mark.parametrize("born", [1, 70])
def test_making_contacts_costs_no_more_than_the_floor(twins: tuple[Wired, Engine], born: int) -> None:
    """Each contact made is stamped on its account: so many records to be written on both sides."""
    live = synced(twins, 1)
    for number in range(born):
        fields = {"Name": f"Newcomer {number:03}", "Sync_with_Xero__c": True, "Phone": f"+64 9 300 {number:04}"}
        live.world.edit(S, "create", fields=fields)
    report = live.run()
    assert report["actions"]["create"] == {"salesforce": 0, "xero": born}
    assert report["actions"]["stamp"]["salesforce"] == born
    assert not differences(live)
    wanted = floor(born, born)
    assert all(report["calls"][side] <= wanted[side] for side in wanted), (report["calls"], wanted)


@pytest.mark.prove
@pytest.mark.parametrize("changes", [50, 1000, 10_000])
def test_many_edits_cost_no_more_calls_than_the_floor(twins: tuple[Wired, Engine], changes: int) -> None:
    """A half on each side, full pages beyond the first included; from 50 changes on within 5 %."""
    live = synced(twins, changes + 1)
    pairs = live.pairs()
    for number, pair in enumerate(pairs[:changes]):
        side, key = (S, "phone") if number % 2 else (X, "account_number")
        live.world.running(side).twin.edit(live.person(side, pair[side], **{key: f"+64 9 30 {number:05}"}))
    live.pace = 1.0
    report = live.run()
    assert not differences(live)
    wanted = floor(changes // 2, changes // 2)
    pages = {side.value: ceil(changes / 2 / PAGE[side]) - 1 for side in PAGE}
    assert all(report["calls"][side] <= (wanted[side] + pages[side]) * 1.05 for side in wanted), (
        report["calls"],
        wanted,
    )
