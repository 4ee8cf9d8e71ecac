"""Turns found records into the rows of an answer: plain and nested fields, and inner queries."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.schema import Field
from reconciler.simulators.salesforce.soql.binder import Binder
from reconciler.simulators.salesforce.soql.column import Column
from reconciler.simulators.salesforce.soql.faults import malformed
from reconciler.simulators.salesforce.soql.functions import OF_DATES
from reconciler.simulators.salesforce.soql.groups import is_aggregate
from reconciler.simulators.salesforce.soql.search import search
from reconciler.simulators.salesforce.soql.tree import (
    AllFields,
    Among,
    Children,
    Compare,
    Condition,
    Every,
    Function,
    Named,
    Path,
    Query,
    Some,
)
from reconciler.simulators.salesforce.table import Table
from reconciler.simulators.salesforce.values import Record

Row: TypeAlias = dict[str, Any]
Show: TypeAlias = Callable[[Record], Row]
_Named: TypeAlias = tuple[str, Column]
FIELDS_LIMIT = 200


@dataclass(frozen=True, slots=True)
class Frame:
    """Around an answer: the version asked, how a query is bound just now, how related records are cut into pages."""

    tables: dict[str, Table]
    version: str
    bind: Callable[[Query], Binder]
    page: Callable[[Query, Frame, list[Record], Show], Row]


def rows(query: Query, frame: Frame) -> Show:
    """How to show one record as the SELECT wants it."""
    binder, tables, version = frame.bind(query), frame.tables, frame.version
    columns = _columns(query, binder)
    plain = [(name, each.show()) for name, each in columns if each.plain]
    nested = _nested([each for each in columns if not each[1].plain], tables, version)
    nested += _all_children(query, binder, frame)
    name = binder.sobject.name
    base = f"/services/data/v{version}/sobjects/{name}/"

    def show(record: Record) -> Row:
        row: Row = {"attributes": {"type": name, "url": base + record["Id"]}}
        for key, value in plain:
            row[key] = value(record)
        for key, inner in nested:
            row[key] = inner(record)
        return row

    return show


def _columns(query: Query, binder: Binder) -> list[_Named]:
    found: list[_Named] = []
    for selected in query.selected:
        if isinstance(selected, AllFields):
            fields = _all_fields(selected, query, binder)
            found += [(field.name, Column((), binder.sobject, field)) for field in fields]
        elif isinstance(selected, Path | Function):
            found.append(_column(selected, query, binder))
        elif isinstance(selected, Named):
            raise malformed(query.text, selected.path.at, "only aggregate expressions use field aliasing")
    if not found and any(isinstance(each, AllFields) for each in query.selected):
        message = "'FIELDS(...)' expansion function must result in at least one field being selected."
        raise ApiError("MALFORMED_QUERY", message)
    names = [".".join([*(hop.relation for hop in each.hops), name]) for name, each in found]
    for name in names:
        if names.count(name) > 1:
            raise ApiError("INVALID_FIELD", f"duplicate field selected: {name}")
    return found


def _column(selected: Path | Function, query: Query, binder: Binder) -> _Named:
    column = binder.column(selected)
    if column.function in OF_DATES:
        raise malformed(query.text, selected.at, "a date function in SELECT has to be in GROUP BY too")
    return getattr(selected, "alias", None) or column.field.name, column


def _all_fields(selected: AllFields, query: Query, binder: Binder) -> list[Field]:
    if selected.which not in ("ALL", "STANDARD", "CUSTOM"):
        raise malformed(query.text, 0, f"unexpected token: '{selected.which}'")
    most = _most(query.where) if query.limit is None else min(_most(query.where), query.limit)
    if selected.which != "STANDARD" and most > FIELDS_LIMIT:
        raise ApiError("MALFORMED_QUERY", "The SOQL FIELDS function must have a LIMIT of at most 200")
    wanted = {"ALL": (True, False), "STANDARD": (False,), "CUSTOM": (True,)}[selected.which]
    return [field for field in binder.sobject.fields if field.custom in wanted]


def _most(where: Condition | None) -> int:
    """How many records a condition can hold for at most, as far as it names ids."""
    if isinstance(where, Some):
        return sum(_most(each) for each in where.conditions)
    if isinstance(where, Every):
        return min(_most(each) for each in where.conditions)
    named = isinstance(where, Compare | Among) and str(where.path).lower() == "id"
    if named and isinstance(where, Among) and not where.negated:
        return len(where.values)
    return 1 if named and isinstance(where, Compare) and where.operator == "=" else FIELDS_LIMIT + 1


def _nested(columns: list[_Named], tables: dict[str, Table], version: str) -> list[tuple[str, Callable[[Record], Any]]]:
    """Group columns by their first relation, and show what stands behind it as an object of its own, or null."""
    by_hop: dict[str, tuple[Field, list[_Named]]] = {}
    for name, column in columns:
        hop = column.hops[0]
        by_hop.setdefault(hop.relation, (hop, []))[1].append((name, column.after(1)))
    return [(name, _behind(hop, inner, tables, version)) for name, (hop, inner) in by_hop.items()]


def _behind(hop: Field, columns: list[_Named], tables: dict[str, Table], version: str) -> Callable[[Record], Any]:
    plain = [(name, each.show()) for name, each in columns if each.plain]
    nested = _nested([each for each in columns if not each[1].plain], tables, version)
    table, base = tables[hop.refers], f"/services/data/v{version}/sobjects/{hop.refers}/"

    def show(record: Record) -> Row | None:
        key = record.get(hop.name)
        found = None if key is None else table.get(key)
        if found is None:
            return None
        row: Row = {"attributes": {"type": hop.refers, "url": base + found["Id"]}}
        row.update((name, value(found)) for name, value in plain)
        row.update((name, value(found)) for name, value in nested)
        return row

    return show


def _all_children(query: Query, binder: Binder, frame: Frame) -> list[tuple[str, Callable[[Record], Any]]]:
    found = [_children(each.query, binder, frame) for each in query.selected if isinstance(each, Children)]
    names = [name for name, _ in found]
    for name in names:
        if names.count(name) > 1:
            raise malformed(query.text, 0, f"Cannot query the relationship {name} more than once")
    return found


def _children(query: Query, binder: Binder, frame: Frame) -> tuple[str, Callable[[Record], Any]]:
    """Related records under their relation's name, or null; the inner LIMIT counts for each record by itself."""
    if is_aggregate(query):
        raise malformed(query.text, query.sobject_at, "only root queries support aggregate expressions")
    inner, key = binder.children(query)
    relation = next(name for name in binder.sobject.children if name.lower() == binder.relation(query).lower())
    bound = replace(query, sobject=inner.sobject.name)
    show = rows(bound, frame)
    end = None if query.limit is None else query.offset + query.limit
    by_parent: dict[str, list[Record]] = {}
    for record in search(replace(bound, limit=None, offset=0), inner, frame.tables[inner.sobject.name], gone=False):
        by_parent.setdefault(record[key], []).append(record)

    def shown_children(record: Record) -> Row | None:
        found = by_parent.get(record["Id"], [])[query.offset : end]
        return frame.page(bound, frame, found, show) if found else None

    return relation, shown_children
