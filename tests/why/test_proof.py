"""Nobody's record is shared without their say: every write has its proof, and a bulk load without the flag has none."""

from __future__ import annotations

import pytest

from reconciler.core.model import Ref
from reconciler.queries import proof
from reconciler.queries.proof import ProofView
from tests.engine.bench import BLANK, Bench, S, X

BULK = 100_000


def proofs(bench: Bench) -> list[ProofView]:
    found: list[ProofView] = []
    after: int | None = None
    while True:
        with bench.session() as session:
            page = proof.proofs(session, bench.id, after, 3)
        found += page.rows
        if page.next is None:
            return found
        after = page.next


def load(bench: Bench, count: int) -> None:
    """A bulk load in Salesforce: nobody has ticked anything."""
    for number in range(count):
        bench.worlds[S].create({**BLANK, "name": f"Loaded {number}"}, flag=False)


def test_every_write_is_listed_with_the_value_of_the_flag_and_the_version_it_was_read_in(bench: Bench) -> None:
    account = bench.customer("Aurora Brewing", phone="+64 9 1").ref
    version = bench.worlds[S].records[account.id].version
    bench.run()
    listed = proofs(bench)
    assert {(row.do, row.side) for row in listed} == {("stamp", "salesforce"), ("create", "xero")}
    made = next(row for row in listed if row.do == "create")
    assert made.holds
    assert made.proof == {"flag": "Sync_with_Xero__c", "value": True, "ref": str(account), "version": version}
    assert made.rules_version == 1
    assert made.text == f"Sync_with_Xero__c was set on {account}, version {version}"


def test_a_bulk_load_without_the_flag_shares_nothing(bench: Bench) -> None:
    shared_without_a_say(bench, 2_000)


@pytest.mark.long
def test_a_bulk_load_of_a_hundred_thousand_without_the_flag_shares_nothing(bench: Bench) -> None:
    shared_without_a_say(bench, BULK)


def shared_without_a_say(bench: Bench, count: int) -> None:
    account, contact = bench.linked(phone="+64 9 1")
    load(bench, count)
    bench.edit(S, account, phone="+64 9 2")
    bench.run()
    bench.run()
    assert set(bench.worlds[X].records) == {contact}
    assert {row.ref for row in proofs(bench)} == {str(Ref(X, contact))}
    assert all(row.holds for row in proofs(bench))


def test_a_record_whose_flag_is_cleared_between_deciding_and_writing_is_not_written(bench: Bench) -> None:
    account, contact = bench.linked(phone="+64 9 1")
    bench.edit(S, account, phone="+64 9 2")
    before = len(proofs(bench))

    def clear(point: str) -> None:
        if point == "after_adopt":
            bench.worlds[S].edit(account, flag=False)

    bench.at = clear
    bench.run()
    assert bench.shown(X, contact)["phone"] == "+64 9 1"
    assert len(proofs(bench)) == before
