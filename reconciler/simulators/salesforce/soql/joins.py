"""What the reference forbids around semi-joins and anti-joins, found on the tree alone.

Which objects and fields may be joined is the binder's affair.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.soql.faults import malformed
from reconciler.simulators.salesforce.soql.scopes import EVERYTHING
from reconciler.simulators.salesforce.soql.tree import AmongFound, Children, Condition, Every, Negation, Query, Some

MOST_JOINS = 2


def check_joins(query: Query) -> None:
    """Of a whole query, its inner queries over related records included."""
    joins = list(_joins(query.where, query.text))
    if len(joins) > MOST_JOINS:
        raise _refused(joins[-1], f"Maximum {MOST_JOINS} semi join sub-selects are allowed")
    for join in joins:
        _check_inner(join)
    if query.having is not None and any(_joins(query.having, query.text)):
        raise malformed(query.text, query.sobject_at, "Semi join sub-selects are not allowed in HAVING clause")
    for each in query.selected:
        if isinstance(each, Children):
            check_joins(each.query)


def _joins(where: Condition | None, text: str) -> Iterator[AmongFound]:
    match where:
        case AmongFound():
            yield where
        case Every(conditions):
            for each in conditions:
                yield from _joins(each, text)
        case Some(conditions):
            for each in conditions:
                for join in _joins(each, text):
                    raise _refused(join, "Semi join sub-selects are not allowed with the 'OR' operator")
        case Negation(inner):
            for join in _joins(inner, text):
                raise _refused(join, "Semi join sub-selects are not allowed with the 'NOT' operator")


def _check_inner(join: AmongFound) -> None:
    inner = join.query
    if inner.order_by or inner.limit is not None or inner.offset or inner.group_by:
        raise _refused(join, "Semi join sub-selects cannot have ORDER BY, GROUP BY, LIMIT or OFFSET")
    if inner.scope != EVERYTHING:
        raise _refused(join, "USING SCOPE is not allowed in a subquery")
    if any(_joins(inner.where, inner.text)):
        raise _refused(join, "Nesting of semi join sub-selects is not supported")


def _refused(join: AmongFound, message: str) -> ApiError:
    return malformed(join.query.text, join.path.at, message)
