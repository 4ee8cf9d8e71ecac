"""Parents that a body names by a key of theirs: `"Account": {"Xero_Contact_Id__c": "..."}` in place of `AccountId`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.org import Org
from reconciler.simulators.salesforce.schema import Field, SObject


def by_their_ids(org: Org, sobject: SObject, given: Mapping[str, Any]) -> dict[str, Any]:
    """The body with every parent so named as the id it has."""
    found: dict[str, Any] = {}
    for name, value in given.items():
        lookup = sobject.relations.get(name.lower())
        if lookup is None or not isinstance(value, Mapping):
            found[name] = value
        elif lookup.name.lower() in map(str.lower, given):
            message = f"Cannot specify both an external ID reference {name} and a salesforce id, {lookup.name}"
            raise ApiError("INVALID_FIELD", message, [])
        else:
            found[lookup.name] = _parent(org, org.visible[lookup.refers], value)
    return found


def _parent(org: Org, sobject: SObject, named: Mapping[str, Any]) -> str:
    keys = [(name, value) for name, value in named.items() if name != "attributes"]
    column = _key(sobject, keys[0][0]) if len(keys) == 1 else None
    if column is None:
        raise ApiError("INVALID_FIELD", f"A reference to {sobject.name} is one external ID field and its value", [])
    value = str(keys[0][1])
    holders = org.tables[sobject.name].holders(column.name, value.strip())
    if len(holders) > 1:
        message = f"{column.name}: more than one record found for external id field"
        raise ApiError("DUPLICATE_EXTERNAL_ID", message, [column.name])
    if not holders:
        message = f"Foreign key external ID: {value} not found for field {column.name} in entity {sobject.name}"
        raise ApiError("INVALID_FIELD", message, [])
    return str(holders[0]["Id"])


def _key(sobject: SObject, name: str) -> Field:
    column = sobject.by_lower.get(name.lower())
    if column is None or column.type == "id" or not column.id_lookup:
        message = f"Field name provided, {name} is not an External ID or indexed field for {sobject.name}"
        raise ApiError("INVALID_FIELD", message, [])
    return column
