"""The pure parts, per second of one core: the merge where nothing differs, and full compares of linked pairs.

"In memory" is deciding about pairs of canonical records; "from wire pages" maps both vendors' own JSON first.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from reconciler.core.decide import decide
from reconciler.core.merge import merge
from reconciler.core.model import SIDES, ClockReading, Fields, LinkState, Record, Ref, Side
from reconciler.core.schema import FieldRule
from reconciler.mapping import salesforce, xero
from reconciler.mapping.limits import cannot_hold
from reconciler.mapping.shipped import CUSTOMER
from tests.benchmarks.measured import Measured
from tests.benchmarks.worlds import fields

PAIRS = 50_000  # at once, far more than any cache holds: what is measured then is the memory
LINKS = 10_000
EDITED = 50  # one in so many links shows another value on one side
PAGE = 1_000
THEN = datetime(2026, 3, 2, tzinfo=UTC)
CLOCKS = {side: ClockReading() for side in SIDES}


def measure() -> Iterator[Measured]:
    """Merged a page at a time, as runs do with what they have just read; then the other figures."""
    yield Measured("pure merge, nothing differs, ten fields", _merged(PAGE), "pairs/s", "over 500,000")
    yield Measured(f"pure merge of {PAIRS:,} pairs held at once", _merged(PAIRS), "pairs/s")
    states = [_state(number) for number in range(LINKS)]
    pairs = [(state.records[Side.SALESFORCE], state.records[Side.XERO]) for state in states]
    in_memory = _per_second(LINKS, lambda: _compare(states, pairs))
    yield Measured("full compare of canonical records in memory", in_memory, "links/s", "over 40,000")
    one, other = ([_wire(each, side) for each in pairs] for side in SIDES)
    pages = list(zip(_pages(one), _pages(other), strict=True))
    from_wire = _per_second(LINKS, lambda: _compare(states, _mapped(pages)))
    yield Measured("full compare from wire pages, mapping included", from_wire, "links/s", "over 8,000")


def _per_second(count: int, work: Callable[[], Any]) -> float:
    """The best of three."""
    best = 0.0
    for _ in range(3):
        started = time.process_time()
        work()
        best = max(best, count / (time.process_time() - started))
    return best


def _merged(pairs: int) -> float:
    """Each side's values and baseline are objects of their own, as they come out of a database."""
    rules = (*CUSTOMER.fields, FieldRule("mobile", "Mobile__c", "Phones.MOBILE", "phone"))
    work = [(_both(number), _both(number)) for number in range(pairs)]

    def compare_all() -> None:
        for _ in range(PAIRS // pairs):
            for baseline, now in work:
                assert not merge(rules, baseline, now)

    return _per_second(PAIRS, compare_all)


def _both(number: int) -> dict[Side, Fields]:
    return {side: {**fields(number), "mobile": f"+64 21 {number:07}"} for side in SIDES}


def _state(number: int) -> LinkState:
    records = {side: _record(number, side) for side in SIDES}
    baseline = {side: dict(fields(number)) for side in SIDES}
    if number % EDITED == 0:
        shown = {**records[Side.SALESFORCE].fields, "phone": f"+64 3 {number:07}"}
        records[Side.SALESFORCE] = replace(records[Side.SALESFORCE], fields=shown)
    return LinkState(number, "customer", records, baseline)


def _record(number: int, side: Side) -> Record:
    ref = Ref(side, f"{number:018}" if side is Side.SALESFORCE else f"00000000-0000-4000-8000-{number:012}")
    partner = f"{number:018}" if side is Side.XERO else f"00000000-0000-4000-8000-{number:012}"
    facts: dict[str, Any] = {"flag": side is Side.SALESFORCE, "partner": partner}
    return Record(ref, "customer", "v", THEN, THEN, fields(number), **facts)


def _compare(states: Sequence[LinkState], pairs: Iterator[tuple[Record, Record]] | Sequence[Any]) -> None:
    """Decide about every pair as it is now."""
    found = 0
    for state, now in zip(states, pairs, strict=True):
        known = state._replace(records=dict(zip(SIDES, now, strict=True)))
        found += len(decide(known, CUSTOMER, CLOCKS, cannot_hold).actions)
    assert found == LINKS // EDITED, found


def _wire(pair: tuple[Record, Record], side: Side) -> dict[str, Any]:
    """The vendor's own JSON of one record of a pair."""
    words = salesforce if side is Side.SALESFORCE else xero
    record = pair[SIDES.index(side)]
    shown: dict[str, Any] = words.to_wire(record.fields, CUSTOMER)
    if side is Side.SALESFORCE:
        own = {"Id": record.ref.id, "SystemModstamp": "2026-03-02T00:00:00.000+0000", "IsDeleted": False}
        own |= {"LastModifiedDate": own["SystemModstamp"], "LastModifiedBy": {"Name": "Hana Petera"}}
        return shown | own | {salesforce.PARTNER: record.partner, CUSTOMER.opt_in.salesforce: True}
    own = {"ContactID": record.ref.id, "UpdatedDateUTC": "/Date(1772409600000+0000)/", "ContactStatus": "ACTIVE"}
    return shown | own | {"ContactNumber": record.partner, "IsCustomer": True, "Website": record.fields["website"]}


def _pages(rows: Sequence[dict[str, Any]]) -> list[str]:
    return [json.dumps(rows[start : start + PAGE]) for start in range(0, len(rows), PAGE)]


def _mapped(pages: Sequence[tuple[str, str]]) -> Iterator[tuple[Record, Record]]:
    for one, other in pages:
        for account, contact in zip(json.loads(one), json.loads(other), strict=True):
            yield salesforce.to_record(account, CUSTOMER), xero.to_record(contact, CUSTOMER)
