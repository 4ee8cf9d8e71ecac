"""Builds the tree of a query by recursive descent.

The grammar is the reference's: AND and OR are not mixed without parentheses, and NOT stands alone before one condition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.soql.days import PLAIN, is_counted
from reconciler.simulators.salesforce.soql.faults import malformed
from reconciler.simulators.salesforce.soql.joins import check_joins
from reconciler.simulators.salesforce.soql.lexer import Token, tokens, unquote
from reconciler.simulators.salesforce.soql.tree import (
    Aggregate,
    AllFields,
    Among,
    AmongFound,
    Children,
    Compare,
    Condition,
    Every,
    Holds,
    Literal,
    Named,
    Negation,
    Order,
    Path,
    Query,
    Relative,
    Selected,
    Some,
)
from reconciler.simulators.salesforce.values import read_day, read_moment

LONGEST_QUERY = 100_000
LARGEST_OFFSET = 2_000
LARGEST_WHOLE = 2**31 - 1
AGGREGATES = ("COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG")
_CLAUSES = {"FROM", "WHERE", "GROUP", "ORDER", "LIMIT", "OFFSET", "AND", "OR", "NOT", "ASC", "DESC", "NULLS"}
_NO_ALIAS = _CLAUSES | {
    "EXCLUDES", "FIRST", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "NULL", "SELECT", "USING", "WITH",
}  # fmt: skip


def parse(text: str, *, all_fields: bool = True) -> Query:
    if len(text) > LONGEST_QUERY:
        raise ApiError("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters.")
    query = _Parser(text, all_fields=all_fields).query()
    check_joins(query)
    return query


class _Parser:
    def __init__(self, text: str, *, all_fields: bool) -> None:
        self._text, self._all_fields = text, all_fields
        self._tokens = tokens(text)
        self._place = 0

    # Moving through the tokens

    @property
    def _next(self) -> Token:
        return self._tokens[self._place]

    def _take(self) -> Token:
        token = self._next
        if token.kind != "end":
            self._place += 1
        return token

    def _accept(self, *words: str) -> bool:
        """Take the words if all of them come next."""
        ahead = self._tokens[self._place : self._place + len(words)]
        if len(ahead) == len(words) and all(token.says(word) for token, word in zip(ahead, words, strict=True)):
            self._place += len(words)
            return True
        return False

    def _expect(self, word: str) -> Token:
        token = self._next
        if not token.says(word):
            raise self._unexpected()
        return self._take()

    def _unexpected(self) -> ApiError:
        return malformed(self._text, self._next.at, f"unexpected token: '{self._next.text}'")

    def _name(self) -> Token:
        if self._next.kind != "word" or self._next.text.upper() in _CLAUSES:
            raise self._unexpected()
        return self._take()

    def _path(self) -> Path:
        token = self._name()
        return Path(tuple(token.text.split(".")), token.at)

    # The clauses, in their order

    def query(self) -> Query:
        query = self._select()
        if self._next.kind != "end":
            raise self._unexpected()
        return query

    def _select(self) -> Query:
        self._expect("SELECT")
        selected = self._listed(self._selected)
        self._expect("FROM")
        sobject = self._name()
        aliases = self._aliases()
        where = self._condition(self._path) if self._accept("WHERE") else None
        group_by = self._listed(self._path) if self._accept("GROUP", "BY") else ()
        having = self._condition(self._grouped) if group_by and self._accept("HAVING") else None
        order_by = self._listed(self._order) if self._accept("ORDER", "BY") else ()
        limit = self._whole() if self._accept("LIMIT") else None
        offset = self._offset() if self._accept("OFFSET") else 0
        return Query(
            self._text, selected, sobject.text, sobject.at, where, group_by, order_by, limit, offset, aliases, having
        )  # fmt: skip

    def _aliases(self) -> dict[str, tuple[str, ...]]:
        """`Contact c, c.Account a`: the object's own alias, then those of its relations; each may go without."""
        own = self._alias()
        found: dict[str, tuple[str, ...]] = {own.lower(): ()} if own else {}
        while self._accept(","):
            path = self._path()
            found[(self._alias() or path.parts[-1]).lower()] = path.parts
        return found

    def _alias(self) -> str | None:
        if self._next.kind != "word" or self._next.text.upper() in _NO_ALIAS or "." in self._next.text:
            return None
        return self._take().text

    def _listed(self, read: Any) -> tuple[Any, ...]:
        found = [read()]
        while self._accept(","):
            found.append(read())
        return tuple(found)

    def _selected(self) -> Selected:
        if self._accept("("):
            query = self._select()
            self._expect(")")
            return Children(query)
        path = self._path()
        if not self._accept("("):
            alias = self._alias()
            return Named(path, alias) if alias else path
        function = str(path).upper()
        if function == "FIELDS" and self._all_fields:
            which = self._name().text.upper()
            self._expect(")")
            return AllFields(which)
        return replace(self._aggregate(path), alias=self._alias())

    def _aggregate(self, path: Path) -> Aggregate:
        """What follows the name of a function and its opening parenthesis."""
        if str(path).upper() not in AGGREGATES:
            raise malformed(self._text, path.at, f"unexpected token: '{path}'")
        inner = None if self._next.says(")") else self._path()
        self._expect(")")
        return Aggregate(str(path).upper(), inner, None, path.at)

    def _order(self) -> Order:
        path: Path | Aggregate = self._path()
        if isinstance(path, Path) and self._accept("("):
            path = self._aggregate(path)
        descending = self._accept("DESC")
        if not descending:
            self._accept("ASC")
        last = self._accept("NULLS", "LAST")
        if not last:
            self._accept("NULLS", "FIRST")
        return Order(path, descending, last)

    def _whole(self) -> int:
        token = self._take()
        if token.kind != "number" or not token.text.isdigit():
            self._place -= 1
            raise self._unexpected()
        if len(token.text) > len(str(LARGEST_WHOLE)) or int(token.text) > LARGEST_WHOLE:
            raise malformed(self._text, token.at, f"numeric value out of range: {token.text}")
        return int(token.text)

    def _offset(self) -> int:
        offset = self._whole()
        if offset > LARGEST_OFFSET:
            raise ApiError("NUMBER_OUTSIDE_VALID_RANGE", f"Maximum SOQL offset allowed is {LARGEST_OFFSET}")
        return offset

    # Conditions

    def _condition(self, term: Callable[[], Path | Aggregate]) -> Condition:
        """Of WHERE, whose terms are fields, or of HAVING, whose terms may be aggregates."""
        if self._accept("NOT"):
            return Negation(self._simple(term))
        first = self._simple(term)
        for word, joined in (("AND", Every), ("OR", Some)):
            found = [first]
            while self._accept(word):
                found.append(self._simple(term))
            if len(found) > 1:
                return joined(tuple(found))
        return first

    def _grouped(self) -> Path | Aggregate:
        path = self._path()
        return self._aggregate(path) if self._accept("(") else path

    def _simple(self, term: Callable[[], Path | Aggregate]) -> Condition:
        if self._accept("("):
            inner = self._condition(term)
            self._expect(")")
            return inner
        path = term()
        for words, negated in ((("NOT", "IN"), True), (("IN",), False)):
            if self._accept(*words):
                return self._among(path, negated=negated)
        for word in ("INCLUDES", "EXCLUDES"):
            if self._accept(word):
                return Holds(path, self._values(), word == "EXCLUDES")
        operator = self._operator()
        return Compare(path, operator, self._literal(pattern=operator == "LIKE"))

    def _operator(self) -> str:
        operator = "!=" if self._next.text == "<>" else self._next.text.upper()
        if operator not in {"=", "!=", "<", "<=", ">", ">=", "LIKE"}:
            raise self._unexpected()
        self._take()
        return operator

    def _among(self, path: Path | Aggregate, *, negated: bool) -> Condition:
        if not (self._next.says("(") and self._tokens[self._place + 1].says("SELECT")):
            return Among(path, self._values(), negated)
        self._take()
        query = self._select()
        self._expect(")")
        return AmongFound(path, query, negated)

    def _values(self) -> tuple[Literal, ...]:
        self._expect("(")
        found = self._listed(self._literal)
        self._expect(")")
        return found

    def _literal(self, *, pattern: bool = False) -> Literal:
        token = self._next
        read = {
            "string": lambda: unquote(token, self._text, pattern=pattern),
            "number": lambda: float(token.text) if "." in token.text else int(token.text),
            "datetime": lambda: read_moment(token.text),
            "date": lambda: read_day(token.text),
            "word": self._constant,
            "relative": self._relative,
        }.get(token.kind)
        if read is None:
            raise self._unexpected()
        try:
            value: Literal = read()
        except (ValueError, OverflowError) as error:
            raise malformed(self._text, token.at, f"invalid date literal: {token.text}") from error
        self._take()
        return value

    def _constant(self) -> Literal:
        word = self._next.text.upper()
        if word in ("TRUE", "FALSE"):
            return word == "TRUE"
        if word == "NULL":
            return None
        if word in PLAIN:
            return Relative(word)
        raise self._unexpected()

    def _relative(self) -> Literal:
        name, _, count = self._next.text.upper().partition(":")
        if not is_counted(name):
            raise self._unexpected()
        return Relative(name, int(count))
