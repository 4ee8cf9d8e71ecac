"""The law of undo: what nobody has touched since is back on the side where Concord wrote it, and stays back.

A history is what people do to one customer: any edits before the run, on either side, and any after it; then undo, and
ten runs more, while people go on typing.  A value put back waits for a person: whatever is typed on either side, no
run carries it until both sides show the same.  Customers do not meet, so several histories share one Concord.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine

from reconciler.core.model import Side, Value
from reconciler.core.undo import Scope
from reconciler.mapping.shipped import CUSTOMER
from reconciler.store.tables import ActionRow
from tests.engine.bench import Bench, S, X

FIELDS = ("phone", "fax", "account_number", "name", "website")
TOGETHER = 20  # histories that share one Concord
# No limit stands in the way: what is held is not undone, and the guards have tests of their own.
UNLIMITED = replace(CUSTOMER, limits=replace(CUSTOMER.limits, updates=10**6, updates_share=1.0, blanks=10**6))


@dataclass(frozen=True, slots=True)
class Typing:
    """One person's edit: where, which field, and what (several may type the same)."""

    side: Side
    field: str
    text: str


@dataclass(frozen=True, slots=True)
class History:
    """What people type into one customer: before the run that is undone, after it, and one by one after the undo."""

    before: Sequence[Typing]
    after: Sequence[Typing]
    later: Sequence[Typing]


TYPINGS = st.lists(
    st.builds(
        Typing,
        st.sampled_from([S, X]),
        st.sampled_from(FIELDS),
        st.sampled_from(["1001", "2002", "3003", ""]),
    ),
    max_size=4,
)
HISTORIES = st.builds(History, TYPINGS, TYPINGS, TYPINGS)


def types(bench: Bench, customer: int, pair: tuple[str, str], typings: Sequence[Typing]) -> None:
    for typing in typings:
        if typing.field == "name" and not typing.text:
            continue  # a record needs a name
        text = f"{typing.text} {customer}" if typing.field == "name" else typing.text
        bench.edit(typing.side, pair[0 if typing.side is S else 1], **{typing.field: text})


def shown(bench: Bench) -> dict[tuple[Side, str, str], Value]:
    worlds = ((side, record) for side in (S, X) for record in bench.worlds[side].records.values())
    return {(side, record.ref.id, key): record.fields[key] for side, record in worlds for key in FIELDS}


def there(place: tuple[Side, str, str], pairs: Sequence[tuple[str, str]]) -> tuple[Side, str, str]:
    """The same field on the other side."""
    side, ref, key = place
    account, contact = next(pair for pair in pairs if ref in pair)
    return side.other, contact if side is S else account, key


def check(database: Engine, histories: Sequence[History], *, runs_between: bool) -> None:
    bench = Bench(database, UNLIMITED)
    made = [bench.pair(f"Customer {n}", phone="100", fax="200", account_number="A") for n in range(len(histories))]
    pairs = [(account.ref.id, contact.ref.id) for account, contact in made]
    bench.run()
    for number, history in enumerate(histories):
        types(bench, number, pairs[number], history.before)
    run = bench.run()["run_id"]
    wrote = {
        (Side(row.side), row.ref.partition(":")[2], key): (change["from"], change["to"])
        for row in bench.rows(ActionRow, run_id=run, state="settled", do="update")
        for key, change in row.fields.items()
    }
    for number, history in enumerate(histories):
        types(bench, number, pairs[number], history.after)
    if runs_between:
        bench.run()
    stood = shown(bench)
    disputed = {(row.salesforce, row.field) for row in bench.conflicts()}
    disputed |= {(row.xero, row.field) for row in bench.conflicts()}
    report = bench.run(undo=Scope(run))
    assert report["status"] in {"done", "open"}, report
    now = shown(bench)
    for place, value in stood.items():
        was, became = wrote.get(place, (None, None))
        untouched = place in wrote and value == became and (place[1], place[2]) not in disputed
        assert now[place] == (was if untouched else value), place
    held = {place: there(place, pairs) for place in wrote if now[place] != stood[place]}
    waiting = {
        (side, ref, row.field) for row in bench.conflicts() for side, ref in ((S, row.salesforce), (X, row.xero))
    }
    assert {place for place, other in held.items() if now[place] != now[other]} <= waiting
    for number in range(10):
        for customer, history in enumerate(histories):
            types(bench, customer, pairs[customer], history.later[number : number + 1])
        before = shown(bench)
        held = {place: other for place, other in held.items() if before[place] != before[other]}
        bench.run()
        now = shown(bench)
        for both in held.items():
            assert [now[place] for place in both] == [before[place] for place in both]
    bench.forget()


@settings(max_examples=5, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
@given(histories=st.lists(HISTORIES, min_size=1, max_size=3), runs_between=st.booleans())
def test_undo_puts_back_what_nobody_touched_and_ten_runs_leave_it_so(
    database: Engine, histories: list[History], *, runs_between: bool
) -> None:
    check(database, histories, runs_between=runs_between)


@pytest.mark.prove
@pytest.mark.timeout(1_200)
@settings(
    max_examples=1_000 // TOGETHER,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large],
)
@given(histories=st.lists(HISTORIES, min_size=TOGETHER, max_size=TOGETHER), runs_between=st.booleans())
def test_the_law_of_undo_holds_in_a_thousand_histories(
    database: Engine, histories: list[History], *, runs_between: bool
) -> None:
    check(database, histories, runs_between=runs_between)
