"""How one setting is taken from a document: its kind of value, and the sentence that says why not.

A taker turns a node into a value or raises ValueError with the reason; `settings` adds the place and goes on, so
that a person sees every fault at once.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from typing import Any, TypeAlias, TypeVar

from reconciler.core.values.text import one_line
from reconciler.errors import Problems
from reconciler.mapping import limits, xero
from reconciler.rules.document import Node

Taker: TypeAlias = Callable[[Node], Any]
E = TypeVar("E", bound=StrEnum)

# What YAML tools make of a bare `off` or `none` when they rewrite a document.
_NO = frozenset({"off", "no", "none", "false"})
_SALESFORCE_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]{0,79}")
_SALESFORCE_KNOWN = {name.casefold(): name for name in (*limits.SALESFORCE, "Billing", "Shipping")}
_XERO_KNOWN = {name.casefold(): name for name in xero.PLACES}
_TIME = re.compile(r"([01]?\d|2[0-3]):([0-5]\d)")


def settings(node: Node, takers: Mapping[str, Taker], problems: Problems) -> dict[str, Any]:
    """Each setting that a mapping gives; what is unknown or cannot be taken is noted and left out."""
    taken: dict[str, Any] = {}
    for key, child in members(node, problems).items():
        if key not in takers:
            problems.add(f"{child.place}: there is no such setting{_instead(key, takers)}")
            continue
        try:
            taken[key] = takers[key](child)
        except ValueError as fault:
            problems.add(f"{child.place}: {fault}")
    return taken


def members(node: Node, problems: Problems) -> Mapping[str, Node]:
    """The members of a mapping; a fault, and none, when it is no mapping.  Null holds nothing."""
    if isinstance(node.content, Mapping):
        return node.content
    if node.content is not None:
        problems.add(f"{node.place or 'the document'}: here settings are expected, each as `name: value`")
    return {}


def _instead(word: str, known: Iterable[str]) -> str:
    names = list(known)
    near = difflib.get_close_matches(word, names, n=1)
    return f"; is it {near[0]}?" if near else f"; known: {', '.join(names)}"


def word(node: Node) -> str:
    """Any text that is not empty, on one line."""
    text = one_line(node.content) if isinstance(node.content, str) else ""
    if not text:
        raise ValueError("a value is missing" if not node.content else "one value is expected")
    return text


def one_of(*words: str) -> Taker:
    """One of a few words, in any case."""
    negative = next((choice for choice in words if choice in _NO), "")

    def take(node: Node) -> str:
        text = word(node).casefold()
        if negative and text in _NO:
            return negative
        found = next((choice for choice in words if choice.casefold() == text), None)
        if found is None:
            raise ValueError(f"{word(node)!r} is not known here; write {' or '.join(words)}")
        return found

    return take


def member_of(kind: type[E]) -> Taker:
    """One of an enumeration's words."""
    take = one_of(*kind)
    return lambda node: kind(take(node))


def or_null(taker: Taker) -> Taker:
    """The same, or nothing at all."""
    return lambda node: None if node.content is None else taker(node)


def whole(least: int, most: int) -> Taker:
    """A whole number within bounds."""

    def take(node: Node) -> int:
        text = word(node)
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(most)) and least <= int(text) <= most):
            raise ValueError(f"{text!r} is no whole number from {least} to {most}")
        return int(text)

    return take


def share(node: Node) -> float:
    """A share: a number from 0 to 1, to a hundredth of a percent."""
    text = word(node)
    if not re.fullmatch(r"(0(\.\d{0,4})?|\.\d{1,4}|1(\.0{0,4})?)", text, re.ASCII):
        raise ValueError(f"{text!r} is no share from 0 to 1, such as 0.25")
    return float(text)


def time_of_day(node: Node) -> str:
    """HH:MM; "" for never, which may be said as off, none or never."""
    if node.content in (None, ""):
        return ""
    text = word(node)
    if text.casefold() in _NO | {"never"}:
        return ""
    found = _TIME.fullmatch(text)
    if not found:
        raise ValueError(f"{text!r} is no time of day, such as 02:30, nor off")
    return f"{int(found[1]):02}:{found[2]}"


def salesforce_name(node: Node) -> str:
    """A Salesforce field by its API name, or the prefix of an address; standard ones in any case."""
    text = word(node)
    if not _SALESFORCE_NAME.fullmatch(text):
        raise ValueError(f"{text!r} is no API name of a Salesforce field, such as Phone or Region__c")
    return _SALESFORCE_KNOWN.get(text.casefold(), text)


def xero_name(node: Node) -> str:
    """A place of a Xero contact, in any case."""
    text = word(node)
    if text.casefold() not in _XERO_KNOWN:
        raise ValueError(f"Xero has no {text!r} to share{_instead(text, xero.PLACES)}")
    return _XERO_KNOWN[text.casefold()]
