"""How far an inner query over related records may go, found on the tree alone."""

from __future__ import annotations

from reconciler.simulators.salesforce.soql.faults import malformed
from reconciler.simulators.salesforce.soql.scopes import EVERYTHING
from reconciler.simulators.salesforce.soql.tree import Children, Query

DEEP_SINCE = 58.0
LEVELS, LEVELS_BEFORE = 5, 2
"""Of records, those that the query is about included."""
MOST_CHILDREN = 20


def check_nesting(query: Query, version: float) -> None:
    levels = LEVELS if version >= DEEP_SINCE else LEVELS_BEFORE
    _check_levels(query, levels)
    if _count(query) > MOST_CHILDREN:
        raise malformed(query.text, query.sobject_at, f"no more than {MOST_CHILDREN} parent-to-child relationships")


def _check_levels(query: Query, left: int) -> None:
    for inner in _inner(query):
        if left == 1:
            raise malformed(inner.text, inner.sobject_at, "too many levels of parent-to-child relationships")
        if inner.scope != EVERYTHING:
            raise malformed(inner.text, inner.sobject_at, "USING SCOPE is not allowed in a subquery")
        if inner.offset and query.limit != 1:
            message = "OFFSET is allowed in a subquery only if the parent query has LIMIT 1"
            raise malformed(inner.text, inner.sobject_at, message)
        _check_levels(inner, left - 1)


def _inner(query: Query) -> list[Query]:
    return [each.query for each in query.selected if isinstance(each, Children)]


def _count(query: Query) -> int:
    return sum(1 + _count(inner) for inner in _inner(query))
