"""Many at once on one account and on one lease: what the locks of both databases must hold."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from threading import Barrier
from typing import TypeVar

import pytest

from reconciler.core.budget import Account, Allowance, Ceiling, claim, told
from reconciler.errors import Busy
from reconciler.store.budgets import StoredAccounts, accounts
from reconciler.store.lease import LIFE, Lease, Process
from reconciler.store.tables import LeaseRow
from tests.engine.bench import Bench, X

pytestmark = pytest.mark.prove
MANY = 8
T = TypeVar("T")


def at_once(act: Callable[[str], T]) -> list[T]:
    """What each of many threads got that all begin together."""
    together = Barrier(MANY)

    def one(number: int) -> T:
        together.wait()
        return act(str(number))

    with ThreadPoolExecutor(MANY) as threads:
        return list(threads.map(one, range(MANY)))


def test_calls_claimed_at_once_are_never_more_than_the_side_takes(bench: Bench) -> None:
    """From the very first on, when there is no account yet that could be locked."""
    store, ceiling, now = StoredAccounts(bench.engine, bench.id), Ceiling(in_flight=5), bench.clock.now()
    for _ in range(5):
        got = at_once(lambda call: store.change(X, lambda account: claim(account, ceiling, now, call)))
        assert sum(isinstance(each, Account) for each in got) == 5
        with bench.engine.connect() as db:
            under_way = set(accounts(db, bench.id)[X].under_way)
        assert len(under_way) == 5
        for call in under_way:
            store.change(X, partial(told, ceiling=ceiling, allowance=Allowance(), now=now, call=call))


@pytest.mark.parametrize("last", [None, Process("elsewhere", "boot", 4711, "1")], ids=["nobody", "expired"])
def test_of_many_that_ask_at_once_for_a_lease_one_has_it(bench: Bench, last: Process | None) -> None:
    if last:
        Lease(bench.engine, bench.id, bench.clock, last).acquire()

    def ask(host: str) -> Lease | None:
        lease = Lease(bench.engine, bench.id, bench.clock, Process(host, "boot", 1, "1"))
        try:
            lease.acquire()
        except Busy:
            return None
        return lease

    for before in range(1 if last else 0, 6):
        bench.clock.advance((LIFE + timedelta(seconds=1)).total_seconds())
        (holder,) = filter(None, at_once(ask))
        (row,) = bench.rows(LeaseRow)
        assert row.token == holder.token == before + 1
