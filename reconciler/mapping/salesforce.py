"""Salesforce rows to records, and canonical changes to the body of a write.

A group ("Billing") is five columns.  A column that a row does not have was not read, and its field is left out of the
record: not seen is not blank.  A column that is null is blank.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from reconciler.core.model import Fields, Record, Ref, Side, Status, Value
from reconciler.core.schema import FieldRule, KindRule
from reconciler.core.values import canonical, is_blank
from reconciler.core.values.text import clean
from reconciler.mapping import stamps

PARTNER = "Xero_Contact_Id__c"
OWN_COLUMNS = (
    "Id",
    "Name",
    "SystemModstamp",
    "LastModifiedDate",
    "LastModifiedById",
    "LastModifiedBy.Name",
    "IsDeleted",
    "MasterRecordId",
    PARTNER,
)
_AMOUNT = re.compile(r"-?\d{1,15}\.\d\d")
_MEMBER_COLUMNS = {
    "street": "Street",
    "city": "City",
    "region": "State",
    "postcode": "PostalCode",
    "country": "Country",
}


def columns(rule: FieldRule) -> tuple[str, ...]:
    """The columns that hold a field: one, or one for each member of a group."""
    if not rule.members:
        return (rule.salesforce,)
    return tuple(rule.salesforce + _MEMBER_COLUMNS[member] for member in rule.members)


def soql_fields(rule: KindRule) -> tuple[str, ...]:
    """Every column a query must name for `to_record`; fields that are not shared are not read, but for the name."""
    shared = (column for field in rule.read.values() for column in columns(field))
    return tuple(dict.fromkeys((*OWN_COLUMNS, rule.opt_in.salesforce, *shared)))


def to_record(wire: Mapping[str, Any], rule: KindRule) -> Record:
    """A row as a record; odd content is read as text or as absent and never fails."""
    survivor = clean(_cell(wire, "MasterRecordId"))
    author = _cell(wire, "LastModifiedBy")
    return Record(
        ref=Ref(Side.SALESFORCE, clean(_cell(wire, "Id"))),
        kind=rule.kind,
        version=clean(_cell(wire, "SystemModstamp")),
        changed_at=stamps.read(_cell(wire, "SystemModstamp")),
        edited_at=stamps.read(_cell(wire, "LastModifiedDate")),
        fields=dict(_shared(wire, rule)),
        status=_status(wire, survivor),
        flag=_cell(wire, rule.opt_in.salesforce) is True,
        partner=clean(_cell(wire, PARTNER)),
        merged_into=survivor,
        by=clean(_cell(author, "Name")) if isinstance(author, Mapping) else "",
        by_id=clean(_cell(wire, "LastModifiedById")),
    )


def _status(wire: Mapping[str, Any], survivor: str) -> Status:
    if _cell(wire, "IsDeleted") is not True:
        return Status.ACTIVE
    return Status.MERGED if survivor else Status.REMOVED


_ABSENT = object()


def _cell(wire: Mapping[str, Any], column: str, absent: object = None) -> Any:
    """One cell, by its name in any case: a rule may say `email__c` where Salesforce answers `Email__c`."""
    if column in wire:
        return wire[column]
    folded = column.casefold()
    return next((value for name, value in wire.items() if name.casefold() == folded), absent)


def _shared(wire: Mapping[str, Any], rule: KindRule) -> Iterator[tuple[str, Value]]:
    for field in rule.read.values():
        cells = [_cell(wire, column, _ABSENT) for column in columns(field)]
        if _ABSENT not in cells:
            yield field.key, canonical(field.comparison, tuple(cells) if field.members else cells[0])


def cells(rule: FieldRule, value: Value) -> Iterator[tuple[str, str]]:
    """The columns and texts that writing a value means; the lines of a street are parted as Salesforce parts them."""
    names = columns(rule)
    members = value if isinstance(value, tuple) else (value,)
    if is_blank(value):
        members = ("",) * len(names)
    for name, text in zip(names, members, strict=True):
        yield name, text.replace("\n", "\r\n") if name.endswith("Street") else text


def to_wire(fields: Fields, rule: KindRule, *, person: bool = False) -> dict[str, Any]:
    """The body that writes these fields; null clears.

    The name of a person account is made by Salesforce from its parts, so there the parts are written: what stands
    before the last blank is the first name.  Put together again they give the same name.
    """
    body: dict[str, Any] = {}
    for key, value in fields.items():
        field = rule.field(key)
        body |= {name: _sent(field, text) for name, text in cells(field, value)}
    if person and "Name" in body:
        first, _, last = (body.pop("Name") or "").rpartition(" ")
        body |= {"FirstName": first or None, "LastName": last or None}
    return body


def _sent(rule: FieldRule, text: str) -> str | float | None:
    """A balance is a number there: fifteen digits of one come through unchanged."""
    if rule.derived and _AMOUNT.fullmatch(text):
        return float(text)
    return text or None
