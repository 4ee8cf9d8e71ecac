"""One side's words in the other's, where a field has a map of values.

Each side keeps its own words, in last seen and in the baseline; they are translated where the two meet: when they are
compared, and when a value is carried.  So an edit of the map is no edit of a value.

    round trip   for a map that may flow both ways, a word translated there and back is the same word
    one meaning  a word that the map lists on one side never stands for itself on the other
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from reconciler.core.model import SIDES, Side, Value
from reconciler.core.schema import FieldRule, Unmapped, ValueMap
from reconciler.core.values.comparing import equal, is_blank
from reconciler.errors import Refusal

SCREEN = {Side.SALESFORCE: "Salesforce", Side.XERO: "Xero"}


def translated(rule: FieldRule, to: Side, value: Value) -> Value | None:
    """What `to` says for a value of the other side; None where the map has no one word for it."""
    if not rule.values or is_blank(value):
        return value
    if isinstance(value, str):
        return _word(rule, "", to, value)
    words = [_word(rule, member, to, text) for member, text in zip(rule.members, value, strict=True)]
    found = tuple(word for word in words if word is not None)
    return found if len(found) == len(words) else None


def same(rule: FieldRule, values: Mapping[Side, Value]) -> bool:
    """Whether the two sides say the same, each in its own words; read the way the value flows."""
    salesforce, xero = values[Side.SALESFORCE], values[Side.XERO]
    if not rule.values:
        return equal(rule, salesforce, xero)
    to = rule.flow.origin.other if rule.flow.origin else Side.XERO
    there = translated(rule, to, values[to.other])
    return there is not None and equal(rule, there, values[to])


def meant(rule: FieldRule, value: Value, winner: Side | None) -> Mapping[Side, Value | None]:
    """What a decided value is on each side: in the words of `winner`, or of whichever side knows the typed word."""
    speaker = winner or next((side for side in SIDES if translated(rule, side.other, value) is not None), SIDES[0])
    return {speaker: value, speaker.other: translated(rule, speaker.other, value)}


def no_word(rule: FieldRule, to: Side, value: Value) -> Refusal:
    """Why a value cannot be carried: the map does not say what it is there."""
    texts = (value,) if isinstance(value, str) else value
    lost = [
        text for member, text in zip(rule.members or ("",), texts, strict=True) if _word(rule, member, to, text) is None
    ]
    words = ", ".join(repr(text) for text in lost)
    return Refusal(
        "unmapped",
        f"{words} of {SCREEN[to.other]} has no one value in {SCREEN[to]}: the map of {rule.key} does not say which.",
        rule.key,
        f"Add it to the values of {rule.key} in the rules, or correct it in {SCREEN[to.other]}.",
    )


def _word(rule: FieldRule, member: str, to: Side, text: str) -> str | None:
    table = next((each for each in rule.values if each.member == member), None)
    if table is None or not text:
        return text
    known = _words(table, to)
    if text in known:
        return known[text]
    passes = rule.unmapped is Unmapped.PASS and text not in _words(table, to.other)
    return text if passes else None


@lru_cache(maxsize=256)
def _words(table: ValueMap, to: Side) -> Mapping[str, str | None]:
    """Each word of the other side with its word on `to`; None where the map gives it several."""
    found: dict[str, str | None] = {}
    for salesforce, xero in table.pairs:
        word, other = (salesforce, xero) if to is Side.XERO else (xero, salesforce)
        found[word] = other if found.get(word, other) == other else None
    return found
