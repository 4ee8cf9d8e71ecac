"""The `where` filter: a subset of the vendor's expression language, turned into a predicate.

    comparison  Name=="x"  "x"==Name  FirstName==LastName  AccountNumber!=null  UpdatedDateUTC>=DateTime(2026,1,31)
    call        Name.Contains("x")  .StartsWith  .EndsWith  .ToLower()  .Replace("-","")  and what else `methods` knows
    member      Name.Length  UpdatedDateUTC.Year  Balances.AccountsReceivable.Outstanding
    flag        IsCustomer  IsCustomer==true  Name.Contains("x")==false
    joined by   && AND || OR, !( ) or not, parentheses

Strings compare without regard to case and accents, as the vendor says of its optimised fields; a call minds both, hence
everybody's Name.ToLower().Contains("x").  Both sides of a comparison are of one type: a guid is no string.  Anything
else is refused with `Unparsable`, which the vendor calls QueryParseException, in the words of the library that parses
there; a backslash does not quote a quote.
"""

from __future__ import annotations

import operator
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from reconciler.simulators.xero import methods
from reconciler.simulators.xero.fields import CONTACT, DATE, FLAG, GUID, NUMBER, TEXT, Field, Fields, Unparsable, fold

__all__ = ["Filter", "Unparsable", "fold", "parse"]

Test = Callable[[Any], bool]

OPTIMISED = frozenset({"Name", "EmailAddress", "AccountNumber", "ContactID"})
"""Compared for equality with these, and nothing else, a filter stays cheap in an organisation of any size."""

_NULL, _CHARACTER = "null", "Char"
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|"")*")|(?P<character>'[^']*')|(?P<number>-?\d+(?:\.\d+)?)
        |(?P<word>[A-Za-z_][A-Za-z0-9_]*)|(?P<mark>==|!=|<>|<=|>=|&&|\|\||[=<>()!.,]))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "=": operator.eq, "!=": operator.ne, "<>": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_MIRRORED = {"<": ">", "<=": ">=", ">": "<", ">=": "<="}
_EITHER = (operator.eq, operator.ne)
_ORDERED = (TEXT, DATE, NUMBER)
_WORDS = {"true": (FLAG, True), "false": (FLAG, False), "null": (_NULL, None)}
_MAKERS = ("guid", "datetime")


@dataclass(frozen=True, slots=True)
class _Constant(Field):
    """A value that is written in the filter itself."""


@dataclass(frozen=True, slots=True)
class Filter:
    """A parsed filter: text, predicate, the values that must hold exactly, and whether it is dear on many documents."""

    text: str
    test: Test = field(compare=False)
    equals: tuple[tuple[str, str], ...]
    slow: bool


def parse(text: str, fields: Fields = CONTACT) -> Filter:
    try:
        return _Parser(text, fields).whole(text)
    except RecursionError as error:
        raise Unparsable("The filter is nested too deeply") from error


class _Parser:
    def __init__(self, text: str, fields: Fields) -> None:
        self._tokens = list(_tokens(text))
        self._place = 0
        self._fields = fields
        self._equals: list[tuple[str, str]] = []
        self._certain, self._slow = True, False

    def whole(self, text: str) -> Filter:
        test = self._either()
        if self._peek() != ("end", ""):
            raise Unparsable("Syntax error")
        return Filter(text, test, tuple(self._equals) if self._certain else (), self._slow)

    def _either(self) -> Test:
        tests = [self._both()]
        while self._take_joint("||", "OR"):
            self._certain, self._slow = False, True
            tests.append(self._both())
        return tests[0] if len(tests) == 1 else lambda record: any(test(record) for test in tests)

    def _both(self) -> Test:
        tests = [self._one()]
        while self._take_joint("&&", "AND"):
            tests.append(self._one())
        return tests[0] if len(tests) == 1 else lambda record: all(test(record) for test in tests)

    def _one(self) -> Test:
        if self._take_joint("!", "NOT"):
            self._certain = False  # an equality inside a negation is no certainty
            inner = self._one()
            return lambda record: not inner(record)
        if self._take("mark", "("):
            inside = self._either()
            self._need(")")
            return inside
        return self._term()

    def _term(self) -> Test:
        left = self._operand()
        kind, mark = self._peek()
        if kind == "mark" and mark in _COMPARE:
            self._place += 1
            return self._comparison(left, mark, self._operand())
        if left.type != FLAG:
            raise Unparsable("Expression of type 'Boolean' expected")
        self._slow = True
        return lambda record: left.read(record) is True

    def _operand(self) -> Field:
        """A field or a constant, and what is made of it."""
        kind, text = self._peek()
        if kind == "word" and text.lower() not in (*_WORDS, *_MAKERS):
            self._place += 1
            field = self._fields.find(text)
        else:
            given, value = self._value()
            field = _Constant("", given, lambda _: value)
        while self._take("mark", "."):
            name = self._word()
            called = self._peek() == ("mark", "(")
            field = methods.called(field, name, self._given()) if called else methods.member(field, name)
        return field

    def _given(self) -> list[Field]:
        self._need("(")
        given = [] if self._peek() == ("mark", ")") else [self._operand()]
        while self._take("mark", ","):
            given.append(self._operand())
        self._need(")")
        return given

    def _comparison(self, left: Field, mark: str, right: Field) -> Test:
        if isinstance(left, _Constant) and not isinstance(right, _Constant):
            return self._comparison(right, _MIRRORED.get(mark, mark), left)
        compare, read = _COMPARE[mark], left.compared
        if not _comparable(left, right, compare):
            raise Unparsable(f"Operator '{mark}' incompatible with operand types '{left.type}' and '{right.type}'")
        exact = compare is operator.eq and isinstance(right, _Constant) and right.type in (TEXT, GUID)
        if exact:
            self._equals.append((left.name, right.compared(None)))
        self._slow |= not (exact and left.name in OPTIMISED)
        return _test(compare, read, right)

    def _value(self) -> tuple[str, Any]:
        kind, text = self._next()
        if kind == "text":
            return TEXT, text[1:-1].replace('""', '"')
        if kind == "character":
            return _CHARACTER, _character(text)
        if kind == "number":
            return NUMBER, float(text)
        if kind == "word" and text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if kind == "word" and text.lower() in _MAKERS:
            return self._made(text)
        raise Unparsable("Expression expected")

    def _made(self, maker: str) -> tuple[str, Any]:
        parsed = self._take("mark", ".")
        if parsed and self._word().lower() != "parse":
            raise Unparsable(f"No applicable method exists in type '{maker}'")
        self._need("(")
        given = [self._value()]
        while self._take("mark", ","):
            given.append(self._value())
        self._need(")")
        if maker.lower() == "guid":
            return GUID, _guid(given)
        return DATE, _read(given) if parsed else _moment(given)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._place] if self._place < len(self._tokens) else ("end", "")

    def _next(self) -> tuple[str, str]:
        token = self._peek()
        self._place += 1
        return token

    def _take(self, kind: str, text: str) -> bool:
        taken = self._peek() == (kind, text)
        self._place += taken
        return taken

    def _take_joint(self, mark: str, word: str) -> bool:
        kind, text = self._peek()
        taken = text == mark or (kind == "word" and text.upper() == word)
        self._place += taken
        return taken

    def _need(self, mark: str) -> None:
        if not self._take("mark", mark):
            raise Unparsable(f"'{mark}' expected" if mark == "(" else f"'{mark}' or ',' expected")

    def _word(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise Unparsable("Identifier expected")
        return text


def _comparable(left: Field, right: Field, compare: Callable[[Any, Any], bool]) -> bool:
    """Of one type, which has an order if that is asked for; with null everything compares, but for an order."""
    if _NULL in (left.type, right.type):
        return compare in _EITHER
    return left.type == right.type and left.members is None and (compare in _EITHER or left.type in _ORDERED)


def _test(compare: Callable[[Any, Any], bool], read: Callable[[Any], Any], right: Field) -> Test:
    other = right.compared
    if isinstance(right, _Constant):
        value = other(None)
        if compare in _EITHER:
            return lambda record: compare(read(record), value)
        return lambda record: (found := read(record)) is not None and compare(found, value)
    if compare in _EITHER:
        return lambda record: compare(read(record), other(record))
    return lambda record: None not in (pair := (read(record), other(record))) and compare(*pair)


def _character(text: str) -> str:
    if len(text) != 3:
        raise Unparsable("Character literal must contain exactly one character")
    return text[1]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise Unparsable("Syntax error")
        place = found.end()
        yield str(found.lastgroup), found.group(str(found.lastgroup))


def _moment(given: list[tuple[str, Any]]) -> datetime:
    """A day, or a day and a time to the second or the millisecond: there is no maker of another number of parts."""
    parts = [int(value) for kind, value in given if kind == NUMBER and value.is_integer()]
    if len(parts) != len(given) or len(parts) not in (3, 6, 7):
        raise Unparsable("No applicable constructor exists in type 'DateTime'")
    year, month, day, hour, minute, second, thousandths = [*parts, 0, 0, 0, 0][:7]
    try:
        return datetime(year, month, day, hour, minute, second, thousandths * 1000, tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise Unparsable(f"DateTime cannot be made of {parts}") from error


def _read(given: list[tuple[str, Any]]) -> datetime:
    try:
        return datetime.fromisoformat(_single(given, DATE).upper()).replace(tzinfo=UTC)
    except ValueError as error:
        raise Unparsable("String was not recognized as a valid DateTime") from error


def _guid(given: list[tuple[str, Any]]) -> str:
    """As ids are kept, whatever the dashes and braces of the one written."""
    try:
        return str(uuid.UUID(_single(given, GUID)))
    except ValueError as error:
        raise Unparsable("Guid should contain 32 digits with 4 dashes") from error


def _single(given: list[tuple[str, Any]], maker: str) -> str:
    if len(given) != 1 or given[0][0] != TEXT:
        raise Unparsable(f"No applicable constructor exists in type '{maker}'")
    return str(given[0][1])
