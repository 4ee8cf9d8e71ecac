"""How stored values compare with a query's: order, spans of time, patterns.  Pure, and without any schema."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, date, datetime, time
from typing import Any, TypeAlias

from reconciler.simulators.salesforce.values import Record

Test: TypeAlias = Callable[[Record], bool]
Read: TypeAlias = Callable[[Record], Any]


def midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)


def ordered(read: Read, operator: str, value: Any) -> Test:
    tests: dict[str, Callable[[Any], bool]] = {
        "<": lambda held: held < value,
        "<=": lambda held: held <= value,
        ">": lambda held: held > value,
        ">=": lambda held: held >= value,
    }
    test = tests[operator]
    return lambda record: (held := read(record)) is not None and test(held)


def within(read: Read, operator: str, first: Any, end: Any) -> Test:
    tests: dict[str, Callable[[Any], bool]] = {
        "=": lambda held: first <= held < end,
        "!=": lambda held: not first <= held < end,
        "<": lambda held: held < first,
        "<=": lambda held: held < end,
        ">": lambda held: held >= end,
        ">=": lambda held: held >= first,
    }
    test = tests[operator]
    return lambda record: (held := read(record)) is not None and test(held)


def like(text: str) -> re.Pattern[str]:
    """`%` is any run, `_` any one character; each, and a backslash, with a backslash itself.  In lower case."""
    pieces = re.findall(r"\\[%_\\]|.", text.lower(), flags=re.DOTALL)
    wild = {"%": ".*", "_": "."}
    return re.compile("".join(wild.get(piece) or re.escape(piece[-1]) for piece in pieces), re.DOTALL)
