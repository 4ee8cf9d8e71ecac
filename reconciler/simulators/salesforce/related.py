"""The way from a record along its relations: `/sobjects/Contact/{id}/Account/Owner`, `/sobjects/Account/{id}/Contacts`.

Upwards for as many steps as a query may take; downwards only as the last of them.
"""

from __future__ import annotations

from dataclasses import dataclass

from reconciler.simulators.salesforce.errors import no_such_resource
from reconciler.simulators.salesforce.org import Org
from reconciler.simulators.salesforce.schema import Field, SObject
from reconciler.simulators.salesforce.soql.binder import MOST_HOPS
from reconciler.simulators.salesforce.values import Record, has_shape_of_id

RELATED_SINCE = 36.0


@dataclass(frozen=True, slots=True)
class Children:
    """All records of an object whose `column` names the one the way came from."""

    sobject: SObject
    column: str
    parent: str

    def query(self, wanted: list[Field]) -> str:
        names = ",".join(column.name for column in wanted)
        return " ".join(("SELECT", names, "FROM", self.sobject.name, "WHERE", self.column, "=", f"'{self.parent}'"))


def leads_on(version: str, key: str) -> bool:
    """Whether a path names a record and what is related to it, rather than a key field and its value."""
    return float(version) >= RELATED_SINCE and has_shape_of_id(key)


def follow(org: Org, sobject: SObject, record: Record, steps: list[str]) -> tuple[SObject, Record] | Children:
    if len(steps) > MOST_HOPS:
        raise no_such_resource()
    for number, step in enumerate(steps, 1):
        children = {name.lower(): each for name, each in sobject.children.items()}.get(step.lower())
        if children and number == len(steps):
            return Children(org.sobject(children[0]), children[1], record["Id"])
        sobject, record = _parent(org, sobject, record, step)
    return sobject, record


def _parent(org: Org, sobject: SObject, record: Record, step: str) -> tuple[SObject, Record]:
    lookup = sobject.relations.get(step.lower())
    key = None if lookup is None else record.get(lookup.name)
    if lookup is None or key is None or not org.lives(lookup.refers, key):
        raise no_such_resource()
    return org.sobject(lookup.refers), org.tables[lookup.refers].get(key) or {}
