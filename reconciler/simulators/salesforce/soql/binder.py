"""Fits a tree to the schema: every name is known, every literal has its column's type, every condition is a function.

What comes out can be run without further checks.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any, assert_never

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.schema import NUMBER, TEXT, Field, SObject
from reconciler.simulators.salesforce.soql.column import Column
from reconciler.simulators.salesforce.soql.comparing import Read, Test, like, midnight, ordered, within
from reconciler.simulators.salesforce.soql.days import span
from reconciler.simulators.salesforce.soql.faults import at_place, malformed, unknown_column, unknown_relation
from reconciler.simulators.salesforce.soql.functions import OF_DATES
from reconciler.simulators.salesforce.soql.tree import (
    Among,
    AmongFound,
    Compare,
    Condition,
    Every,
    Function,
    Holds,
    Literal,
    Negation,
    Path,
    Query,
    Relative,
    Some,
    Term,
)
from reconciler.simulators.salesforce.table import Table
from reconciler.simulators.salesforce.values import Record, read_id

LONGEST_STRING = 4_000
MOST_HOPS = 5
_TEXT_LIKE = TEXT | {"id", "reference"}
_CALLED = {"datetime": "dateTime", "currency": "double", "percent": "double"}


class Binder:
    """Binds the parts of one query against the schema its caller may see."""

    def __init__(self, query: Query, schema: Mapping[str, SObject], tables: Mapping[str, Table], now: datetime) -> None:
        self._query, self._schema, self._tables, self._now = query, schema, tables, now
        self.sobject = self._object(query)
        for way in filter(None, query.aliases.values()):
            self.column(Path((*way, "Id"), query.sobject_at))

    def about(self, sobject: SObject) -> Binder:
        """The same query's binder for records of another, made-up object."""
        about = replace(self._query, sobject=sobject.name, aliases={})
        return Binder(about, {sobject.name: sobject}, {}, self._now)

    def _object(self, query: Query) -> SObject:
        by_lower = {name.lower(): each for name, each in self._schema.items()}
        found = by_lower.get(query.sobject.lower())
        if found is not None:
            return found
        message = (
            f"sObject type '{query.sobject}' is not supported. If you are attempting to use a custom object, be sure "
            "to append the '__c' after the entity name. Please reference your WSDL or the describe call for the "
            "appropriate names."
        )
        raise at_place("INVALID_TYPE", query.text, query.sobject_at, message)

    def column(self, path: Term) -> Column:
        parts, owner, hops = self._without_aliases(path.parts), self.sobject, []
        for part in parts[:-1]:
            hop = owner.relations.get(part.lower())
            if hop is None:
                raise unknown_relation(self._query.text, path.at, part)
            hops.append(hop)
            owner = self._schema[hop.refers]
        if len(hops) > MOST_HOPS:
            message = f"no more than {MOST_HOPS} levels of child-to-parent relationships"
            raise malformed(self._query.text, path.at, message)
        field = owner.by_lower.get(parts[-1].lower())
        if field is None:
            raise unknown_column(self._query.text, path.at, parts[-1], owner.name)
        column = Column(tuple(hops), owner, field, path.function if isinstance(path, Function) else None)
        if column.fits:
            return column
        raise malformed(self._query.text, path.at, f"field {field.name} does not support function {column.function}")

    def _without_aliases(self, parts: tuple[str, ...]) -> tuple[str, ...]:
        """The way from the record; an alias of a relation may begin with the object's own."""
        names = {self.sobject.name.lower(): (), **self._query.aliases}
        for _ in names:
            first = parts[0].lower()
            if len(parts) < 2 or first not in names or first in self.sobject.relations:
                break
            parts = (*names[first], *parts[1:])
        return parts

    def read(self, column: Column) -> Read:
        """Fetch a column's stored value, through its relations; a missing relation reads as null."""
        name, tables = column.field.name, self._tables
        if column.plain:
            return column.value if column.function else lambda record: record.get(name)

        def through(record: Record) -> Any:
            found: Record | None = record
            for hop in column.hops:
                key = None if found is None else found.get(hop.name)
                found = None if key is None else tables[hop.refers].get(key)
            return None if found is None else column.value(found)

        return through

    # Conditions

    def test(self, condition: Condition) -> Test:
        match condition:
            case Every(conditions) | Some(conditions):
                tests = [self.test(each) for each in conditions]
                met = all if isinstance(condition, Every) else any
                return lambda record: met(test(record) for test in tests)
            case Negation(inner):
                negated = self.test(inner)
                return lambda record: not negated(record)
            case Compare():
                return self._compare(condition)
            case Among():
                return self._among(condition)
            case AmongFound():
                return self._among_found(condition)
            case Holds():
                return self._holds(condition)
            case _:
                assert_never(condition)

    def filtered(self, path: Term) -> Column:
        column = self.column(path)
        if not column.field.filterable or column.field.type == "address":
            message = f"field '{column.field.name}' can not be filtered in a query call"
            raise at_place("INVALID_FIELD", self._query.text, path.at, message)
        return column

    def literal(self, column: Column, path: Term, value: Literal) -> Any:
        """The comparable form of a literal, or the vendor's complaint about its type."""
        kind, name = column.seen.type, column.seen.name
        if column.function in OF_DATES and isinstance(value, Relative):
            raise malformed(self._query.text, path.at, "a date function cannot be compared with a date literal")
        if value is None:
            return False if kind == "boolean" else None  # the reference: null matches FALSE
        if kind in _TEXT_LIKE and isinstance(value, str):
            return self._text(column, value)
        if kind == "boolean" and isinstance(value, bool):
            return value
        if kind in NUMBER and isinstance(value, int | float) and not isinstance(value, bool):
            return value
        if kind == "datetime" and isinstance(value, datetime | Relative):
            return value
        if kind == "date" and (isinstance(value, Relative) or type(value) is date):
            return value
        wanted = "string" if kind in _TEXT_LIKE else _CALLED.get(kind, kind)
        quotes = "should be enclosed in quotes" if kind in _TEXT_LIKE else "should not be enclosed in quotes"
        message = f"value of filter criterion for field '{name}' must be of type {wanted} and {quotes}"
        raise at_place("INVALID_FIELD", self._query.text, path.at, message)

    def _text(self, column: Column, value: str) -> str:
        if len(value) > LONGEST_STRING:
            raise ApiError("INVALID_QUERY_FILTER_OPERATOR", "string literal is longer than 4000 characters")
        if column.field.type not in {"id", "reference"}:
            return value.lower()
        try:
            return read_id(value, "invalid ID field:") if value else ""
        except ApiError as error:
            raise ApiError("INVALID_QUERY_FILTER_OPERATOR", error.message) from error

    def _compare(self, condition: Compare) -> Test:
        column = self.filtered(condition.path)
        read, operator = self._comparable(column), condition.operator
        self._check_operator(column, condition)
        value = self.literal(column, condition.path, condition.value)
        if operator == "LIKE":
            pattern = like(str(condition.value))
            return lambda record: (held := read(record)) is not None and pattern.fullmatch(held) is not None
        if isinstance(value, Relative):
            return within(read, operator, *self._span(value, column.field))
        if operator == "=":
            blank = value in (None, "")
            return lambda record: (read(record) in (None, "")) if blank else read(record) == value
        if operator == "!=":
            blank = value in (None, "")
            return lambda record: (read(record) not in (None, "")) if blank else read(record) != value
        return ordered(read, operator, value)

    def _check_operator(self, column: Column, condition: Compare) -> None:
        kind, operator = column.seen.type, condition.operator
        unordered = kind == "boolean" and operator not in ("=", "!=")
        if unordered or (operator == "LIKE" and kind not in TEXT):
            raise self._wrong_operator(column, condition.path)
        if condition.value is None and operator not in ("=", "!="):
            raise malformed(self._query.text, condition.path.at, f"invalid operator on null: {operator}")

    def _wrong_operator(self, column: Column, path: Term) -> ApiError:
        message = f"invalid operator on {column.seen.type} field"
        return at_place("INVALID_QUERY_FILTER_OPERATOR", self._query.text, path.at, message)

    def _among(self, condition: Among) -> Test:
        column = self.filtered(condition.path)
        values = {self.literal(column, condition.path, value) for value in condition.values}
        if any(isinstance(value, Relative) for value in values):
            raise malformed(self._query.text, condition.path.at, "a date literal cannot be used with IN")
        read, negated = self._comparable(column), condition.negated
        if "" in values:
            values.add(None)
        return lambda record: (read(record) in values) is not negated

    def _holds(self, condition: Holds) -> Test:
        """Of a list of choices: whether one of the texts has all its choices among those chosen."""
        column = self.filtered(condition.path)
        if column.field.type != "multipicklist":
            raise self._wrong_operator(column, condition.path)
        wanted = [set(str(self.literal(column, condition.path, each)).split(";")) for each in condition.values]
        read, negated = self._comparable(column), condition.negated
        return lambda record: any(each <= set((read(record) or "").split(";")) for each in wanted) is not negated

    def _among_found(self, condition: AmongFound) -> Test:
        """A semi-join: both sides are ids of one object, and the inner query is about another one."""
        column, query = self.filtered(condition.path), condition.query
        inner = Binder(query, self._schema, self._tables, self._now)
        selected = query.selected[0]
        if inner.sobject.name == self.sobject.name:
            message = "The inner and outer selects should not be on the same object type"
            raise malformed(query.text, query.sobject_at, message)
        if len(query.selected) != 1 or not isinstance(selected, Path):
            raise malformed(query.text, query.sobject_at, "semi join sub-selects can only query one field")
        found = inner.column(selected)
        if column.hops or found.hops or not column.keys_of or column.keys_of != found.keys_of:
            message = "The left and right operands of a semi join must be ids of the same object"
            raise malformed(query.text, condition.path.at, message)
        read, negated = self.read(column), condition.negated
        values = inner.values(found)
        return lambda record: (read(record) in values) is not negated

    def values(self, column: Column) -> set[Any]:
        """What a column holds in every live record that the query's condition lets through."""
        read = self.read(column)
        test = self.test(self._query.where) if self._query.where else None
        live = (each for each in self._tables[self.sobject.name].all() if not each.get("IsDeleted"))
        return {read(each) for each in live if test is None or test(each)} - {None}

    def children(self, query: Query) -> tuple[Binder, str]:
        """The binder of an inner query over related records, and the column by which they name theirs."""
        by_lower = {name.lower(): found for name, found in self.sobject.children.items()}
        relation = self.relation(query).lower()
        if relation not in by_lower:
            raise unknown_relation(query.text, query.sobject_at, query.sobject)
        name, key = by_lower[relation]
        return Binder(replace(query, sobject=name), self._schema, self._tables, self._now), key

    def relation(self, query: Query) -> str:
        """What an inner query is about: `Contacts`, which may also be written `Account.Contacts`."""
        return self._without_aliases(tuple(query.sobject.split(".")))[-1]

    def _comparable(self, column: Column) -> Read:
        """Text compares without letter case; ids do not."""
        read = self.read(column)
        if column.seen.type not in TEXT:
            return read
        return lambda record: None if (held := read(record)) is None else held.lower()

    def _span(self, literal: Relative, field: Field) -> tuple[Any, Any]:
        """The half-open range a date literal stands for, in UTC days."""
        first, end = span(literal.name, literal.count, self._now.astimezone(UTC).date())
        return (first, end) if field.type == "date" else (midnight(first), midnight(end))
