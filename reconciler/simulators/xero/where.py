"""The `where` filter: a subset of the vendor's expression language, turned into a predicate.

    comparison  Name=="x"  AccountNumber!=null  UpdatedDateUTC>=DateTime(2026,1,31)  ContactID==Guid("...")
    call        Name.Contains("x")  .StartsWith  .EndsWith, each also after .ToLower() or .ToUpper()
    flag        IsCustomer  IsCustomer==true  Name.Contains("x")==false
    joined by   && AND || OR, !( ), parentheses

Strings compare without regard to case and accents, as the vendor says of its optimised fields; a call minds both, hence
everybody's Name.ToLower().Contains("x").  Both sides of a comparison are of one type: a guid is no string.  Anything
else is refused with `Unparsable`, which the vendor calls QueryParseException; a backslash does not quote a quote.
"""

from __future__ import annotations

import operator
import re
import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from reconciler.simulators.xero.fields import CONTACT, DATE, FLAG, GUID, TEXT, Field, Fields, Unparsable, fold

__all__ = ["Filter", "Unparsable", "fold", "parse"]

Test = Callable[[Any], bool]

OPTIMISED = frozenset({"Name", "EmailAddress", "AccountNumber", "ContactID"})
"""Compared for equality with these, and nothing else, a filter stays cheap in an organisation of any size."""

_NUMBER, _NULL = "Double", "null"
_TOKEN = re.compile(
    r"""\s*(?:(?P<text>"(?:[^"\\]|"")*")|(?P<number>-?\d+(?:\.\d+)?)|(?P<word>[A-Za-z_][A-Za-z0-9_]*)
        |(?P<mark>==|!=|<>|<=|>=|&&|\|\||[=<>()!.,]))""",
    re.VERBOSE,
)
_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    "==": operator.eq, "=": operator.eq, "!=": operator.ne, "<>": operator.ne,
    "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_EITHER = (operator.eq, operator.ne)
_CALLS: dict[str, Callable[[str, str], bool]] = {
    "contains": operator.contains,
    "startswith": str.startswith,
    "endswith": str.endswith,
}
_CASES: dict[str, Callable[[str], str]] = {"tolower": str.lower, "toupper": str.upper}
_WORDS = {"true": (FLAG, True), "false": (FLAG, False), "null": (_NULL, None)}


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
            raise Unparsable(f"Syntax error at '{self._peek()[1]}'")
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
        if self._take("mark", "!"):
            self._certain = False  # an equality inside a negation is no certainty
            inner = self._one()
            return lambda record: not inner(record)
        if self._take("mark", "("):
            inside = self._either()
            self._need(")")
            return inside
        return self._term()

    def _term(self) -> Test:
        field = self._fields.find(self._word())
        while self._take("mark", "."):
            field = self._called(field)
        kind, mark = self._peek()
        if kind == "mark" and mark in _COMPARE:
            self._place += 1
            return self._comparison(field, mark)
        if field.type != FLAG:
            raise Unparsable(f"Operator expected after '{field.name}'")
        self._slow = True
        return lambda record: field.read(record) is True

    def _called(self, field: Field) -> Field:
        """What a method makes of a text: the same text in another case, or a flag."""
        call, read = self._word(), field.read
        change, find = _CASES.get(call.lower()), _CALLS.get(call.lower())
        self._need("(")
        if field.type == TEXT and change is not None:
            self._need(")")
            return Field(field.name, TEXT, lambda record: (text := read(record)) and change(text))
        kind, sought = self._value() if find else ("", "")
        self._need(")")
        if find is None or (field.type, kind) != (TEXT, TEXT):
            raise Unparsable(f"No applicable method '{call}' exists in type '{field.type}'")
        return Field(field.name, FLAG, lambda record: (text := read(record)) is not None and find(text, sought))

    def _comparison(self, field: Field, mark: str) -> Test:
        (kind, value), compare, read = self._value(), _COMPARE[mark], field.compared
        if kind not in (field.type, _NULL) or (kind in (GUID, FLAG, _NULL) and compare not in _EITHER):
            raise Unparsable(f"Operator '{mark}' incompatible with operand types '{field.type}' and '{kind}'")
        value = fold(value) if kind == TEXT else value
        exact = compare is operator.eq and kind in (TEXT, GUID)
        if exact:
            self._equals.append((field.name, value))
        self._slow |= not (exact and field.name in OPTIMISED)
        if compare in _EITHER:
            return lambda record: compare(read(record), value)
        return lambda record: (found := read(record)) is not None and compare(found, value)

    def _value(self) -> tuple[str, Any]:
        kind, text = self._next()
        if kind == "text":
            return TEXT, text[1:-1].replace('""', '"')
        if kind == "number":
            return _NUMBER, float(text)
        if kind == "word" and text.lower() in _WORDS:
            return _WORDS[text.lower()]
        if kind == "word" and text.lower() in ("guid", "datetime"):
            return self._made(text)
        raise Unparsable(f"Expression expected at '{text}'")

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
            raise Unparsable(f"'{mark}' expected at '{self._peek()[1]}'")

    def _word(self) -> str:
        kind, text = self._next()
        if kind != "word":
            raise Unparsable(f"Identifier expected at '{text}'")
        return text


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    place, end = 0, len(text.rstrip())
    while place < end:
        found = _TOKEN.match(text, place)
        if found is None:
            raise Unparsable(f"Syntax error (at index {place})")
        place = found.end()
        yield str(found.lastgroup), found.group(str(found.lastgroup))


def _moment(given: list[tuple[str, Any]]) -> datetime:
    """A day, or a day and a time to the second or the millisecond: there is no maker of another number of parts."""
    parts = [int(value) for kind, value in given if kind == _NUMBER and value.is_integer()]
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
