"""A bound path: which stored value of a record a query means, and what it makes of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

from reconciler.simulators.salesforce.schema import Field, SObject
from reconciler.simulators.salesforce.soql.functions import derived, kind
from reconciler.simulators.salesforce.values import Record, shown


@dataclass(frozen=True)
class Column:
    """The relations to follow from the record, the field at the end, and the function applied to it, if any."""

    hops: tuple[Field, ...]
    owner: SObject
    field: Field
    function: str | None = None

    @property
    def plain(self) -> bool:
        return not self.hops

    @cached_property
    def seen(self) -> Field:
        """As conditions, groups and answers meet it."""
        if self.function is None:
            return self.field
        return Field(f"{self.function}({self.field.name})", kind(self.function, self.field), self.field.label)

    @property
    def fits(self) -> bool:
        """Whether its function takes such a field."""
        return self.function is None or self._derive is not None

    @property
    def keys_of(self) -> str:
        """The object whose ids it holds."""
        return self.owner.name if self.field.type == "id" else self.field.refers

    def after(self, hops: int) -> Column:
        return replace(self, hops=self.hops[hops:])

    def value(self, record: Record) -> Any:
        """Of the record at the end of the relations."""
        found = record.get(self.field.name)
        return found if self._derive is None or found is None else self._derive(found)

    def show(self) -> Callable[[Record], Any]:
        return shown(self.owner, self.field) if self._derive is None else self.value

    @cached_property
    def _derive(self) -> Callable[[Any], Any] | None:
        return None if self.function is None else derived(self.function, self.field)
