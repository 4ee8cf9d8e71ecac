"""What the administrator and the platform refuse when a record is saved: rules over the record as a whole.

Single values are checked in `values`; who may write which column in `writing`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from reconciler.simulators.salesforce.errors import ApiError
from reconciler.simulators.salesforce.org import Org
from reconciler.simulators.salesforce.places import placed
from reconciler.simulators.salesforce.schema import SObject
from reconciler.simulators.salesforce.values import Record, show_record


def check_required(sobject: SObject, record: Record) -> None:
    missing = [column.name for column in sobject.fields if column.required and record.get(column.name) is None]
    if missing:
        raise ApiError("REQUIRED_FIELD_MISSING", f"Required fields are missing: [{', '.join(missing)}]", missing)


def check_references(org: Org, sobject: SObject, written: Mapping[str, Any]) -> None:
    for name, value in written.items():
        column = sobject.by_name[name]
        if column.type != "reference":
            continue
        if value is None:
            if not column.nillable:
                raise ApiError("INVALID_CROSS_REFERENCE_KEY", f"{column.label}: owner cannot be blank", [name])
        elif not value.startswith(org.objects[column.refers].prefix):
            # As captured in jsforce #1006, with the whole id.
            message = f"{column.label}: id value of incorrect type: {value}"
            raise ApiError("FIELD_INTEGRITY_EXCEPTION", message, [name])
        elif not org.lives(column.refers, value):
            message = f"{column.label}: invalid cross reference id"
            raise ApiError("INVALID_CROSS_REFERENCE_KEY", message, [name])


def check_hierarchy(org: Org, sobject: SObject, record: Record, written: Mapping[str, Any]) -> None:
    """No account is above itself.  That it is refused is told of; code and sentence are not."""
    if sobject.name != "Account" or not written.get("ParentId"):
        return
    above, passed = written["ParentId"], set[str]()
    while above is not None and above not in passed:  # a merge may have closed a ring above
        if above == record["Id"]:
            raise ApiError("CIRCULAR_DEPENDENCY", "attempt to violate hierarchy constraints", ["ParentId"])
        passed.add(above)
        above = (org.tables["Account"].get(above) or {}).get("ParentId")


def places(org: Org, sobject: SObject, written: Mapping[str, Any], record: Record, *, new: bool) -> dict[str, Any]:
    """The state and country columns that follow from those written, while the picklists are on."""
    if not org.settings.state_country_picklists:
        return {}
    prefixes = [column.name.removesuffix("Address") for column in sobject.fields if column.type == "address"]
    return {key: value for prefix in prefixes for key, value in placed(prefix, written, record, new=new).items()}


def check_validation_rules(org: Org, sobject: SObject, record: Record) -> None:
    """The administrator's own rules; the messages are theirs, and all are told at once (jsforce #861)."""
    broken = [
        ApiError("FIELD_CUSTOM_VALIDATION_EXCEPTION", rule["message"], [rule["field"]])
        for rule in org.settings.validation_rules.values()
        if rule["field"] in sobject.by_name and not re.fullmatch(rule["pattern"], str(record.get(rule["field"]) or ""))
    ]
    if broken:
        first, *others = broken
        first.others = others
        raise first


def check_unique(org: Org, sobject: SObject, record: Record) -> None:
    for name in sobject.unique:
        value = record.get(name)
        holder = None if value is None else org.tables[sobject.name].holder(name, value)
        if holder is not None and holder["Id"] != record["Id"]:
            # The id in this text has 15 characters.
            message = f"duplicate value found: {name} duplicates value on record with id: {holder['Id'][:15]}"
            raise ApiError("DUPLICATE_VALUE", message, [])


def check_duplicates(org: Org, sobject: SObject, record: Record, *, allow_save: bool, details_of: str | None) -> None:
    """Duplicate rules; `allow_save` passes those that only alert, `details_of` as in `Author`."""
    for name, rule in org.settings.duplicate_rules.items():
        if sobject.name != "Account" or (allow_save and rule["action"] == "alert"):
            continue
        for other in org.tables["Account"].all():
            if other["Id"] != record["Id"] and not other["IsDeleted"] and _alike(rule["fields"], record, other):
                raise _duplicate(name, rule["action"], _shown(sobject, other, details_of))


def _alike(fields: list[str], record: Record, other: Record) -> bool:
    return all(
        record.get(name) is not None and str(record[name]).lower() == str(other.get(name) or "").lower()
        for name in fields
    )


def _shown(sobject: SObject, other: Record, details_of: str | None) -> dict[str, Any]:
    if details_of is None:
        return {"attributes": {"type": sobject.name}, "Id": other["Id"]}
    return show_record(sobject, other, details_of)


def _duplicate(rule: str, action: str, record: dict[str, Any]) -> ApiError:
    """Real answers carry the match list under this misspelt key."""
    message = "Use one of these records?"
    match = {"additionalInformation": [], "fieldDiffs": [], "matchConfidence": 100.0}
    results = {
        "entityType": "Account", "errors": [], "matchEngine": "ExactMatchEngine", "rule": rule, "size": 1,
        "success": True, "matchRecords": [{**match, "record": record}],
    }  # fmt: skip
    found = {
        "allowSave": action == "alert", "duplicateRule": rule, "duplicateRuleEntityType": "Account",
        "errorMessage": message, "matchResults": [results],
    }  # fmt: skip
    return ApiError("DUPLICATES_DETECTED", message, more={"duplicateResut": found})
