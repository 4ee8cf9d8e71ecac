"""How ORDER BY ranks the values of a column.  Pure."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

from reconciler.simulators.salesforce.schema import TEXT, Field
from reconciler.simulators.salesforce.soql.tree import Order

Rank: TypeAlias = Callable[[Any], tuple[int, Any]]


def ranking(order: Order, field: Field) -> Rank:
    """Nulls come first unless NULLS LAST is said, in either direction; those of a lookup whatever is said."""
    last = order.nulls_last and field.type != "reference"
    null = (1 if last is not order.descending else -1, 0)
    comparable = _comparable(field)
    return lambda value: null if value is None else (0, comparable(value))


def _comparable(field: Field) -> Callable[[Any], Any]:
    """Choices stand as the administrator has them, with others after them; text goes without letter case."""
    if field.type == "picklist" and field.choices:
        places = {choice: place for place, choice in enumerate(field.choices)}
        return lambda value: (places.get(value, len(places)), value.lower())
    if field.type in TEXT | {"anyType"}:
        return lambda value: str(value).lower()
    return lambda value: value
