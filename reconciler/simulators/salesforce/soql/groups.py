"""Counts and groups: aggregates over found records, HAVING, and the rows of such an answer."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, TypeAlias

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.schema import NUMBER, Field, SObject
from reconciler.simulators.salesforce.soql.binder import Binder
from reconciler.simulators.salesforce.soql.column import Column
from reconciler.simulators.salesforce.soql.faults import malformed
from reconciler.simulators.salesforce.soql.functions import TO_LABEL
from reconciler.simulators.salesforce.soql.ordering import ranking
from reconciler.simulators.salesforce.soql.search import search
from reconciler.simulators.salesforce.soql.tree import (
    Aggregate,
    Among,
    Compare,
    Condition,
    Every,
    Function,
    Named,
    Negation,
    Order,
    Path,
    Query,
    Some,
    Term,
)
from reconciler.simulators.salesforce.table import Table
from reconciler.simulators.salesforce.values import Record, shown

Row: TypeAlias = dict[str, Any]
Members: TypeAlias = list[Record]
Compute: TypeAlias = Callable[[Members], Any]

MOST_GROUPS = 2_000
COUNTING = ("COUNT", "COUNT_DISTINCT")
ADDING = ("SUM", "AVG")


def is_count(query: Query) -> bool:
    """`SELECT count() FROM ...` alone: the number is totalSize, and there are no rows."""
    first = query.selected[0]
    alone = len(query.selected) == 1 and not query.group_by and not query.order_by
    return alone and isinstance(first, Aggregate) and first.path is None


def is_aggregate(query: Query) -> bool:
    return bool(query.group_by) or any(isinstance(each, Aggregate) for each in query.selected)


def aggregate(query: Query, binder: Binder, table: Table, *, gone: bool) -> list[Row]:
    """One row for each group, or one in all; order and limit are the groups', not the records'."""
    if not query.group_by and (query.limit is not None or query.offset):
        message = "Non-grouped query that uses overall aggregate functions cannot also use LIMIT"
        raise malformed(query.text, 0, message)
    keys = [_key(path, query, binder) for path in query.group_by]
    columns = _columns(query, binder, keys)
    records = search(replace(query, order_by=(), limit=None, offset=0), binder, table, gone=gone)
    groups = _having(query, binder, keys, _grouped(records, binder, keys))
    found = _ordered(query, binder, keys, groups)
    end = None if query.limit is None else query.offset + query.limit
    rows = [
        {"attributes": {"type": "AggregateResult"}, **{name: compute(members) for name, compute in columns}}
        for members in found[query.offset : end]
    ]
    if len(rows) > MOST_GROUPS:
        message = "Aggregate query does not support queryMore(), use LIMIT to restrict the results to a single batch"
        raise ApiError("EXCEEDED_ID_LIMIT", message)
    return rows


def _key(path: Path | Function, query: Query, binder: Binder) -> Column:
    column = binder.column(path)
    if not column.seen.groupable or column.function == TO_LABEL:
        raise malformed(query.text, path.at, f"field '{column.seen.name}' can not be grouped in a query call")
    return column


def _grouped(records: Members, binder: Binder, keys: list[Column]) -> list[Members]:
    if not keys:
        return [records]
    reads = [binder.read(column) for column in keys]
    groups: dict[tuple[Any, ...], Members] = {}
    for record in records:
        groups.setdefault(tuple(read(record) for read in reads), []).append(record)
    return list(groups.values())


def _value(term: Term, query: Query, binder: Binder, keys: list[Column]) -> tuple[Field, Compute]:
    """What a term is for a group: an aggregate over its members, or the field by which they are grouped."""
    if isinstance(term, Aggregate):
        return _computed(term, query, binder)
    column = binder.column(term)
    whole_day = column.field.type == "date" and replace(column, function=None) in keys
    if column not in keys and not whole_day:
        raise malformed(query.text, term.at, f"Field must be grouped or aggregated: {term}")
    read = binder.read(column)
    return column.seen, lambda members: read(members[0])


def _computed(term: Aggregate, query: Query, binder: Binder) -> tuple[Field, Compute]:
    if term.path is None:
        raise malformed(query.text, term.at, "COUNT() stands alone, without GROUP BY and ORDER BY")
    column = binder.column(term.path)
    allowed = column.field.type in NUMBER if term.function in ADDING else column.field.aggregatable
    if not allowed:
        message = f"field {column.field.name} does not support aggregate operator {term.function}"
        raise malformed(query.text, term.at, message)
    read, apply = binder.read(column), _FUNCTIONS[term.function]
    kind = "int" if term.function in COUNTING else "double" if term.function in ADDING else column.field.type

    def compute(members: Members) -> Any:
        return apply([value for each in members if (value := read(each)) is not None])

    return Field(str(term), kind, ""), compute


# What is shown


def _columns(query: Query, binder: Binder, keys: list[Column]) -> list[tuple[str, Compute]]:
    found: list[tuple[str, Compute]] = []
    unnamed = 0
    for selected in query.selected:
        if isinstance(selected, Aggregate | Function):
            _check_ungrouped(selected, query, binder, keys)
            found.append((selected.alias or f"expr{unnamed}", _shown(selected, query, binder, keys)))
            unnamed += selected.alias is None
        elif isinstance(selected, Path | Named):
            path = selected.path if isinstance(selected, Named) else selected
            name = selected.alias if isinstance(selected, Named) else binder.column(path).field.name
            found.append((name, _shown(path, query, binder, keys)))
        else:
            raise malformed(query.text, 0, "Field must be grouped or aggregated")
    names = [name.lower() for name, _ in found]
    for name, _ in found:
        if names.count(name.lower()) > 1:
            raise malformed(query.text, 0, f"duplicate alias: {name}")
    return found


def _check_ungrouped(term: Aggregate | Function, query: Query, binder: Binder, keys: list[Column]) -> None:
    if isinstance(term, Aggregate) and term.path is not None and binder.column(term.path) in keys:
        raise malformed(query.text, term.at, f"Grouped field should not be aggregated: {term.path}")


def _shown(term: Term, query: Query, binder: Binder, keys: list[Column]) -> Compute:
    field, compute = _value(term, query, binder, keys)
    show = shown(binder.sobject, field)
    return lambda members: show({field.name: compute(members)})


# HAVING and ORDER BY


def _having(query: Query, binder: Binder, keys: list[Column], groups: list[Members]) -> list[Members]:
    """HAVING is a condition on records whose columns are its terms: one such record stands for each group."""
    if query.having is None:
        return groups
    terms = {str(term): _value(term, query, binder, keys) for term in _terms(query.having)}
    columns = [replace(field, name=name, relation="", extra=None) for name, (field, _) in terms.items()]
    test = binder.about(SObject("Group", "", "", "", tuple(columns))).test(_flat(query.having))
    return [
        members for members in groups if test({name: compute(members) for name, (_, compute) in terms.items()})
    ]  # fmt: skip


def _terms(condition: Condition) -> Iterator[Term]:
    match condition:
        case Every(conditions) | Some(conditions):
            for each in conditions:
                yield from _terms(each)
        case Negation(inner):
            yield from _terms(inner)
        case _:
            yield condition.path


def _flat(condition: Condition) -> Condition:
    """The same with each field written as the one name of its column."""
    match condition:
        case Every(conditions):
            return Every(tuple(_flat(each) for each in conditions))
        case Some(conditions):
            return Some(tuple(_flat(each) for each in conditions))
        case Negation(inner):
            return Negation(_flat(inner))
        case Compare() | Among():
            return replace(condition, path=Path((str(condition.path),), condition.path.at))
        case _:
            return condition


def _ordered(query: Query, binder: Binder, keys: list[Column], groups: list[Members]) -> list[Members]:
    for order in reversed(query.order_by):
        groups.sort(key=_rank(order, *_value(order.path, query, binder, keys)), reverse=order.descending)
    return groups


def _rank(order: Order, field: Field, compute: Compute) -> Compute:
    rank = ranking(order, field)
    return lambda members: rank(compute(members))


_FUNCTIONS: dict[str, Callable[[Iterable[Any]], Any]] = {
    "COUNT": lambda values: len(list(values)),
    "COUNT_DISTINCT": lambda values: len(set(values)),
    "MIN": lambda values: min(values, default=None),
    "MAX": lambda values: max(values, default=None),
    "SUM": lambda values: sum(found) if (found := list(values)) else None,
    "AVG": lambda values: sum(found) / len(found) if (found := list(values)) else None,
}
