"""Maps of values and defaults as they stand in a document, and whether they say one thing each way.

As they are written:

    values: {Gold: G, Silver: S}                 a field: what Salesforce calls it, what Xero calls it
    values: {Gold: [G, GOLD]}                    several words of Xero for one, where the value flows from Xero only
    values: {country: {United Kingdom: GB}}      a group: a map for each member that needs one
    unmapped: refuse | pass                      what becomes of a value that is not listed
    default: {xero: S}                           what a new record gets where there is nothing to carry
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.model import SIDES, Side
from reconciler.core.schema import FieldRule, ValueMap
from reconciler.core.values.text import one_line
from reconciler.errors import Problems
from reconciler.mapping.limits import cannot_hold
from reconciler.rules import taking
from reconciler.rules.document import Node

MOST_PAIRS = 500
LONGEST = 255
TITLES = {Side.SALESFORCE: "Salesforce", Side.XERO: "Xero"}


def maps(node: Node) -> tuple[ValueMap, ...]:
    """Every map that a field's `values` gives; none for null."""
    content = node.content
    if content is None or content == {}:
        return ()
    if not isinstance(content, Mapping):
        raise ValueError("a map of values is expected, such as {Gold: G}")  # noqa: TRY004 - a person's fault, not ours
    groups = [isinstance(child.content, Mapping) for child in content.values()]
    if not any(groups):
        return (_map(content, ""),)
    if not all(groups):
        raise ValueError("write either values, or a map of values for each part of the group")
    return tuple(_map(child.content, member) for member, child in content.items() if isinstance(child.content, Mapping))


def _map(content: Mapping[str, Node], member: str) -> ValueMap:
    pairs = tuple((_text(word), other) for word, child in content.items() for other in _others(word, child))
    if len(pairs) > MOST_PAIRS:
        raise ValueError(f"there are more than {MOST_PAIRS} values")
    if len(set(pairs)) < len(pairs):
        raise ValueError("one value is given twice")
    return ValueMap(pairs, member)


def _others(word: str, child: Node) -> Iterator[str]:
    found = child.content if isinstance(child.content, tuple) else (child,)
    if not found:
        raise ValueError(f"{word!r} has no value in Xero; leave it out instead")
    for each in found:
        try:
            yield _text(taking.word(each))
        except ValueError as fault:
            raise ValueError(f"{word!r}: {fault}") from None


def _text(given: str) -> str:
    text = one_line(given)
    if not text:
        raise ValueError("a blank stands for a blank: it needs no place in the map")
    if len(text) > LONGEST:
        raise ValueError(f"a value is longer than {LONGEST} characters")
    return text


def defaults(node: Node) -> tuple[tuple[Side, str], ...]:
    """What a new record of a side gets where there is nothing to carry; none for null."""
    problems = Problems()
    taken = taking.settings(node, {side.value: taking.or_null(taking.word) for side in SIDES}, problems)
    if problems.found:
        raise ValueError(problems.found[0].partition(": ")[2])
    return tuple((side, taken[side.value]) for side in SIDES if taken.get(side.value))


def plain(field: FieldRule) -> dict[str, Any]:
    """What a field says of its words, as plain mappings; `maps` and `defaults` make the same of it."""
    by_member = {table.member: _plain(table) for table in field.values}
    return {
        "values": by_member.get("", by_member) or None,
        "unmapped": field.unmapped.value,
        "default": {side.value: text for side, text in field.defaults} or None,
    }


def _plain(table: ValueMap) -> dict[str, Any]:
    by: dict[str, list[str]] = defaultdict(list)
    for salesforce, xero in table.pairs:
        by[salesforce].append(xero)
    return {word: others[0] if len(others) == 1 else others for word, others in by.items()}


def faults(field: FieldRule) -> Iterator[tuple[str, str]]:
    """What of a field's words cannot hold: a setting below the field, and a sentence."""
    for table in field.values:
        yield from _shape(field, table)
        for to in SIDES:
            if field.flow.reaches(to):
                yield from _ambiguous(table, to)
    for side, text in field.defaults:
        yield from _default(field, side, text)


def _shape(field: FieldRule, table: ValueMap) -> Iterator[tuple[str, str]]:
    if field.key == "name":
        yield "values", "a name has no list of values"
    elif field.members and table.member not in field.members:
        parts = ", ".join(field.members)
        yield "values", f"{field.key} is made of {parts}: write a map of values for one of these"
    elif table.member and not field.members:
        yield "values", f"{field.key} has no parts: write its values alone"
    elif not field.members:
        for side, words in ((Side.SALESFORCE, [s for s, _ in table.pairs]), (Side.XERO, [x for _, x in table.pairs])):
            yield from (("values", f"{refused}") for refused in _refused(field, side, words))


def _refused(field: FieldRule, side: Side, words: list[str]) -> Iterator[str]:
    for word in words if field.flow.reaches(side) else ():
        refusal = cannot_hold(side, field, word)
        if refusal:
            yield f"{TITLES[side]} cannot hold {word!r}: {refusal.message}"


def _ambiguous(table: ValueMap, to: Side) -> Iterator[tuple[str, str]]:
    """A word that would become one of several: nobody could say which, and no way back would be the right one."""
    found: dict[str, list[str]] = defaultdict(list)
    for salesforce, xero in table.pairs:
        word, other = (salesforce, xero) if to is Side.XERO else (xero, salesforce)
        found[word].append(other)
    for word, others in found.items():
        if len(others) > 1:
            several = " or ".join(repr(other) for other in others)
            way = "X2S" if to is Side.XERO else "S2X"
            yield (
                "values",
                f"{word!r} of {TITLES[to.other]} would be {several} in {TITLES[to]}: keep one, or let it flow {way}",
            )


def _default(field: FieldRule, side: Side, text: str) -> Iterator[tuple[str, str]]:
    if field.members or field.key == "name":
        yield "default", f"{field.key} takes no default"
    elif not field.flow.reaches(side):
        yield "default", f"nothing flows to {TITLES[side]}, so a new record there gets no default"
    elif refusal := cannot_hold(side, field, text):
        yield "default", f"{TITLES[side]} cannot hold {text!r}: {refusal.message}"
