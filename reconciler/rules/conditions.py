"""Criteria as they stand in a document: `{all: [{field: name, is: containing, value: Ltd}, {any: [...]}]}`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core import criteria
from reconciler.core.criteria import Condition, Group, Operator, Row
from reconciler.core.schema import Flow, KindRule
from reconciler.errors import Problems
from reconciler.rules import taking
from reconciler.rules.document import Node

_WORDS = {"all": True, "any": False}
_REFUSED = Group(True, ())  # stands where nothing could be taken, so that what comes after it keeps its number


def take(node: Node, problems: Problems) -> Condition | None:
    """The condition that a document gives; None, which is none at all, where it says null."""
    if node.content is None:
        return None
    found = _condition(node, 1, problems)
    if len(criteria.rows(found)) > criteria.MOST_ROWS:
        problems.add(f"{node.place}: there are more than {criteria.MOST_ROWS} conditions")
    return found


def _condition(node: Node, depth: int, problems: Problems) -> Condition:
    given = node.content
    if not isinstance(given, Mapping) or not given:
        problems.add(f"{node.place}: write all: [...], any: [...], or a row as {{field: ..., is: ..., value: ...}}")
        return _REFUSED
    word = next(iter(given))
    return _group(node, word, depth, problems) if word in _WORDS else _row(node, problems)


def _group(node: Node, word: str, depth: int, problems: Problems) -> Group:
    given = dict(node.content) if isinstance(node.content, Mapping) else {}
    items = given.pop(word).content
    if given:
        problems.add(f"{node.place}: {word} stands alone; put the rest into its list")
    if depth > criteria.DEEPEST:
        problems.add(f"{node.place}: groups are nested deeper than {criteria.DEEPEST}")
        return _REFUSED
    if not isinstance(items, tuple) or not items:
        problems.add(f"{node.place}: {word} takes a list of at least one condition")
        return _REFUSED
    parts = (_condition(item, depth + 1, problems) for item in items[: criteria.MOST_ROWS + 1])
    return Group(_WORDS[word], tuple(parts))


def _row(node: Node, problems: Problems) -> Condition:
    taken = taking.settings(node, _ROW, problems)
    if "field" not in taken or "is" not in taken:
        problems.add(f"{node.place}: a condition needs field and is")
        return _REFUSED
    operator: Operator = taken["is"]
    values: tuple[str, ...] = taken.get("value", ())
    if operator.takes_value != bool(values) or (len(values) > 1 and operator is not Operator.ONE_OF):
        needs = {True: "one value" if operator is not Operator.ONE_OF else "values", False: "no value"}
        problems.add(f"{node.place}: {operator} takes {needs[operator.takes_value]}")
        return _REFUSED
    return Row(taken["field"], operator, values)


def _values(node: Node) -> tuple[str, ...]:
    if node.content is None:
        return ()
    items = node.content if isinstance(node.content, tuple) else (node,)
    if len(items) > criteria.MOST_VALUES:
        raise ValueError(f"there are more than {criteria.MOST_VALUES} values")
    found = tuple(taking.word(item) for item in items)
    if any(len(value) > criteria.LONGEST for value in found):
        raise ValueError(f"a value is longer than {criteria.LONGEST} characters")
    return found


_ROW: Mapping[str, taking.Taker] = {
    "field": taking.word,
    "is": taking.member_of(Operator),
    "value": _values,
}


def plain(condition: Condition | None) -> Any:
    """The condition as plain mappings and lists; `take` makes the same of them."""
    if condition is None:
        return None
    if isinstance(condition, Group):
        return {"all" if condition.every else "any": [plain(part) for part in condition.of]}
    row: dict[str, Any] = {"field": condition.field, "is": condition.operator.value}
    if condition.values:
        row["value"] = list(condition.values) if len(condition.values) > 1 else condition.values[0]
    return row


def faults(rule: KindRule) -> Iterator[tuple[str, str]]:
    """Rows that look at something which is not read, so that they could never hold."""
    shared = {field.key: field for field in rule.fields if field.flow is not Flow.OFF}
    for path, row in _placed("opt_in.criteria", rule.opt_in.criteria):
        key, dot, member = row.field.partition(".")
        if row.field in criteria.FACTS:
            continue
        if key not in shared:
            known = ", ".join((*shared, *criteria.FACTS))
            yield path, f"{row.field!r} is not shared, so it is never read; known: {known}"
        elif dot and member not in shared[key].members:
            parts = ", ".join(shared[key].members) or "none"
            yield path, f"{key} has no part called {member!r}; it has: {parts}"


def _placed(path: str, condition: Condition | None) -> Iterator[tuple[str, Row]]:
    """Every row, with the path of its field."""
    if isinstance(condition, Row):
        yield f"{path}.field", condition
    elif condition is not None:
        word = "all" if condition.every else "any"
        for number, part in enumerate(condition.of):
            yield from _placed(f"{path}.{word}[{number}]", part)
