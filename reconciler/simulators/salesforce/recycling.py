"""The recycle bin: what goes into it along with a record, who then points at nothing, and what comes back.

Whether a record may be removed, and by whom, is decided in `writing`.
"""

from __future__ import annotations

from collections.abc import Iterator

from reconciler.simulators.salesforce import rules
from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.org import Org, Removal
from reconciler.simulators.salesforce.schema import Field
from reconciler.simulators.salesforce.values import Record


def remove(org: Org, name: str, record: Record, user: str) -> None:
    """An account takes its contacts along; whoever else points at what goes will point at nothing."""
    along = [
        each for each in org.tables["Contact"].all() if each["AccountId"] == record["Id"] and not each["IsDeleted"]
    ]
    going = [(name, record), *(("Contact", each) for each in along)]
    for kind, each in going:
        org.mark(kind, each, user, IsDeleted=True)
    for kind, each in going:
        org.removals[each["Id"]] = Removal(parted=tuple(_part(org, kind, each["Id"])))
    keys = tuple(each["Id"] for each in along)
    parted = org.removals[record["Id"]].parted + tuple(("Contact", "AccountId", key) for key in keys)
    org.removals[record["Id"]] = Removal(keys, parted)


def bring_back(org: Org, name: str, record: Record, user: str) -> None:
    """What went along comes along, unless its unique value was taken; who was tied elsewhere meanwhile stays there."""
    along = [("Contact", each) for key in _removal(org, record).along if (each := _returning(org, key))]
    coming = [(name, record), *along]
    for kind, each in coming:
        org.mark(kind, each, user, IsDeleted=False, MasterRecordId=None)
    for _, each in coming:
        for child, column, key in _removal(org, each).parted:
            other = org.tables[child].get(key)
            if other and not other["IsDeleted"] and other[column] is None:
                org.nudge(child, other, **{column: each["Id"]})
    for kind, each in coming:
        _forget_the_gone(org, kind, each["Id"])


def _part(org: Org, name: str, key: str) -> Iterator[tuple[str, str, str]]:
    """Clear what points at a record, and tell where that was."""
    for child in org.objects:
        for column in _ties(org, child):
            for record in org.tables[child].all() if column.refers == name else ():
                if record[column.name] == key and not record["IsDeleted"]:
                    org.nudge(child, record, **{column.name: None})
                    yield child, column.name, record["Id"]


def _returning(org: Org, key: str) -> Record | None:
    """A contact that is in the bin and that nothing keeps there."""
    record = org.tables["Contact"].get(key)
    try:
        rules.check_unique(org, org.objects["Contact"], record or {})
    except ApiError:
        return None
    return record if record and record["IsDeleted"] else None


def _forget_the_gone(org: Org, name: str, key: str) -> None:
    """What a record pointed at may have gone while it lay in the bin."""
    record = org.tables[name].get(key) or {}
    for column in _ties(org, name):
        if record[column.name] is not None and not org.lives(column.refers, record[column.name]):
            org.nudge(name, record, **{column.name: None})


def _ties(org: Org, name: str) -> list[Field]:
    """The columns by which people tie a record of this object to another one."""
    sobject = org.objects[name]
    return [each for each in sobject.fields if sobject.writable and each.type == "reference" and each.createable]


def _removal(org: Org, record: Record) -> Removal:
    return org.removals.get(record["Id"], Removal())
