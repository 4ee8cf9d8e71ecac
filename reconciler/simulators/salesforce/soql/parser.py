"""Builds the tree of a query by recursive descent.

The grammar is the reference's: AND and OR are not mixed without parentheses, and NOT stands alone before one condition.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.soql.days import PLAIN, is_counted
from reconciler.simulators.salesforce.soql.faults import malformed
from reconciler.simulators.salesforce.soql.functions import FUNCTIONS, OF_DATES, SAME_TIME
from reconciler.simulators.salesforce.soql.joins import check_joins
from reconciler.simulators.salesforce.soql.lexer import unquote
from reconciler.simulators.salesforce.soql.stream import CLAUSES, Stream
from reconciler.simulators.salesforce.soql.tree import (
    Aggregate,
    AllFields,
    Among,
    AmongFound,
    Children,
    Compare,
    Condition,
    Every,
    Function,
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
    Term,
)
from reconciler.simulators.salesforce.values import read_day, read_moment

LONGEST_QUERY = 100_000
LARGEST_OFFSET = 2_000
LARGEST_WHOLE = 2**31 - 1
AGGREGATES = ("COUNT", "COUNT_DISTINCT", "MIN", "MAX", "SUM", "AVG")
_NO_ALIAS = CLAUSES | {
    "EXCLUDES", "FIRST", "HAVING", "IN", "INCLUDES", "LAST", "LIKE", "NULL", "SELECT", "USING", "WITH",
}  # fmt: skip


def parse(text: str, *, all_fields: bool = True) -> Query:
    if len(text) > LONGEST_QUERY:
        raise ApiError("MALFORMED_QUERY", "SOQL statements cannot be longer than 100000 characters.")
    query = _Parser(text, all_fields=all_fields).query()
    check_joins(query)
    return query


class _Parser(Stream):
    def __init__(self, text: str, *, all_fields: bool) -> None:
        super().__init__(text)
        self._all_fields = all_fields

    # Fields and functions

    def _path(self) -> Path:
        token = self._name()
        return Path(tuple(token.text.split(".")), token.at)

    def _field(self) -> Path | Function:
        """What stands for one value of a record."""
        path = self._path()
        return self._function(path) if self._accept("(") else path

    def _term(self) -> Term:
        """The same, or an aggregate."""
        path = self._path()
        if not self._accept("("):
            return path
        return self._aggregate(path) if str(path).upper() in AGGREGATES else self._function(path)

    def _function(self, path: Path) -> Function:
        """What follows the name of a function and its opening parenthesis."""
        name = str(path).upper()
        if name not in FUNCTIONS:
            raise malformed(self._text, path.at, f"unexpected token: '{path}'")
        inner = self._path()
        if name in OF_DATES and str(inner).upper() == SAME_TIME and self._accept("("):
            inner = self._path()
            self._expect(")")
        self._expect(")")
        return Function(name, inner, None, path.at)

    def _aggregate(self, path: Path) -> Aggregate:
        inner = None if self._next.says(")") else self._path()
        self._expect(")")
        return Aggregate(str(path).upper(), inner, None, path.at)

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
        scope = self._name().text if self._accept("USING", "SCOPE") else "everything"
        where = self._condition(self._field) if self._accept("WHERE") else None
        group_by = self._listed(self._field) if self._accept("GROUP", "BY") else ()
        having = self._condition(self._term) if group_by and self._accept("HAVING") else None
        order_by = self._listed(self._order) if self._accept("ORDER", "BY") else ()
        limit = self._whole() if self._accept("LIMIT") else None
        offset = self._offset() if self._accept("OFFSET") else 0
        return Query(
            self._text, selected, sobject.text, sobject.at, where, group_by, order_by, limit, offset, aliases, having,
            scope,
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

    def _selected(self) -> Selected:
        if self._accept("("):
            query = self._select()
            self._expect(")")
            return Children(query)
        if self._all_fields and self._accept("FIELDS", "("):
            which = self._name().text.upper()
            self._expect(")")
            return AllFields(which)
        term, alias = self._term(), self._alias()
        if isinstance(term, Path):
            return Named(term, alias) if alias else term
        return replace(term, alias=alias)

    def _order(self) -> Order:
        path = self._term()
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

    def _condition(self, term: Callable[[], Term]) -> Condition:
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

    def _simple(self, term: Callable[[], Term]) -> Condition:
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

    def _among(self, path: Term, *, negated: bool) -> Condition:
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
