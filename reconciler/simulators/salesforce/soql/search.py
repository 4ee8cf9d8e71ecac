"""Finds the records of a bound query, by way of an index where there is one.

Three indexes matter: the id, a unique field, and the order of SystemModstamp.  A keyset such as
`(SystemModstamp = t AND Id > x) OR SystemModstamp > t` is recognised by the lower bound it implies, so that a page of
changes costs the page and not the table.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from typing import Any

from reconciler.simulators.salesforce.soql.binder import Binder
from reconciler.simulators.salesforce.soql.comparing import Test
from reconciler.simulators.salesforce.soql.faults import at_place, malformed
from reconciler.simulators.salesforce.soql.ordering import ranking
from reconciler.simulators.salesforce.soql.tree import (
    Aggregate,
    Among,
    Compare,
    Condition,
    Every,
    Function,
    Order,
    Query,
    Some,
)
from reconciler.simulators.salesforce.table import Table
from reconciler.simulators.salesforce.values import Record


@dataclass(frozen=True, slots=True)
class _Source:
    """Records that may match, and whether they already come in the order asked for."""

    records: Iterable[Record]
    ordered: bool


def search(query: Query, binder: Binder, table: Table, *, gone: bool) -> list[Record]:
    """The matching records in order, LIMIT and OFFSET applied; `gone` lets deleted ones in."""
    test = None if query.where is None else binder.test(query.where)
    keys = [_key(order, binder, query.text) for order in query.order_by]
    source = _source(query, binder, table, gone=gone)
    found: Iterator[Record] = _matching(source.records, test, gone=gone)
    end = None if query.limit is None else query.offset + query.limit
    if source.ordered:
        return list(islice(found, query.offset, end))
    records = list(found)
    for key, descending in reversed(keys):
        records.sort(key=key, reverse=descending)
    return records[query.offset : end]


def _matching(records: Iterable[Record], test: Test | None, *, gone: bool) -> Iterator[Record]:
    return (record for record in records if (gone or not record.get("IsDeleted")) and (test is None or test(record)))


def _source(query: Query, binder: Binder, table: Table, *, gone: bool) -> _Source:
    named = _named(query.where, binder, table, gone=gone)
    if named is not None:
        return _Source(named, ordered=not query.order_by)
    since = _bound(query.where, binder, "systemmodstamp")
    if not query.order_by and since is not None:
        return _Source(table.by_stamp(since), ordered=True)
    ascending = [str(order.path).lower() for order in query.order_by if not order.descending]
    if len(ascending) == len(query.order_by):
        if ascending in (["id"], []):
            return _Source(table.by_id(_bound(query.where, binder, "id") or ""), ordered=True)
        if ascending == ["systemmodstamp", "id"]:
            return _Source(table.by_stamp(since), ordered=True)
    return _Source(table.by_id() if since is None else table.by_stamp(since), ordered=False)


def _named(where: Condition | None, binder: Binder, table: Table, *, gone: bool) -> list[Record] | None:
    """The records an `=` or IN on the id or a unique field names, if the condition cannot hold for any other."""
    if isinstance(where, Every):
        found = [_named(each, binder, table, gone=gone) for each in where.conditions]
        return min((each for each in found if each is not None), key=len, default=None)
    if isinstance(where, Compare) and where.operator == "=":
        return _looked_up(where, (where.value,), binder, table, gone=gone)
    if isinstance(where, Among) and not where.negated:
        return _looked_up(where, where.values, binder, table, gone=gone)
    return None


def _looked_up(
    where: Compare | Among, values: Iterable[Any], binder: Binder, table: Table, *, gone: bool
) -> list[Record] | None:
    column = binder.filtered(where.path)
    wanted = {binder.literal(column, where.path, value) for value in values}
    if not column.plain or column.function or not all(isinstance(value, str) and value for value in wanted):
        return None
    if column.field.name == "Id":
        found = (table.get(key) for key in sorted(wanted))
    elif column.field.unique and not gone:
        found = (table.holder(column.field.name, value) for value in sorted(wanted))
    else:
        return None  # a unique field forgets its deleted holders
    return [record for record in found if record is not None]


def _bound(where: Condition | None, binder: Binder, name: str) -> Any:
    """The least value of a field that can satisfy the condition, or None if there is no such bound."""
    if isinstance(where, Compare) and str(where.path).lower() == name and where.operator in ("=", ">", ">="):
        value = binder.literal(binder.filtered(where.path), where.path, where.value)
        return value if isinstance(value, datetime | str) else None
    if isinstance(where, Every):
        bounds = [bound for each in where.conditions if (bound := _bound(each, binder, name)) is not None]
        return max(bounds, default=None)
    if isinstance(where, Some):
        found = [_bound(each, binder, name) for each in where.conditions]
        return None if any(bound is None for bound in found) else min(found)
    return None


def _key(order: Order, binder: Binder, text: str) -> tuple[Any, bool]:
    if isinstance(order.path, Aggregate | Function):
        raise malformed(text, order.path.at, "ORDER BY a function needs GROUP BY")
    column = binder.column(order.path)
    if not column.field.sortable:
        message = f"field '{column.field.name}' can not be sorted in a query call"
        raise at_place("INVALID_FIELD", text, order.path.at, message)
    read, rank = binder.read(column), ranking(order, column.field)
    return lambda record: rank(read(record)), order.descending
