"""Metadata as the vendor describes it.  Pure: schema in, dictionaries out.

A field the caller may not see is simply not in the schema handed in, and so is missing here.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from reconciler.simulators.salesforce import places
from reconciler.simulators.salesforce.atlas import COUNTRIES
from reconciler.simulators.salesforce.schema import NUMBER, TEXT, Field, SObject
from reconciler.simulators.salesforce.soql.scopes import scopes

_SOAP = {
    "id": "tns:ID", "reference": "tns:ID", "boolean": "xsd:boolean", "datetime": "xsd:dateTime", "date": "xsd:date",
    "int": "xsd:int", "double": "xsd:double", "currency": "xsd:double", "percent": "xsd:double",
    "address": "urn:address", "anyType": "xsd:anyType",
}  # fmt: skip


_NEVER = (
    "defaultImplementation", "extendedBy", "extendsInterfaces", "implementedBy", "implementsInterfaces", "listviewable",
    "lookupLayoutable", "networkScopeFieldName",
)  # fmt: skip


_FALSE = (
    "aiPredictionField", "autoNumber", "calculated", "cascadeDelete", "caseSensitive", "deprecatedAndHidden",
    "displayLocationInDecimal", "encrypted", "formulaTreatNullNumberAsZero", "highScaleNumber", "htmlFormatted",
    "namePointing", "polymorphicForeignKey", "restrictedDelete", "writeRequiresMasterRead",
)  # fmt: skip
_NULL = (
    "calculatedFormula", "defaultValueFormula", "filteredLookupInfo", "inlineHelpText", "mask", "maskType",
    "referenceTargetField", "relationshipOrder",
)  # fmt: skip


def field(column: Field) -> dict[str, Any]:
    """One element of `fields`."""
    parts = (_name(column), _size(column), _rights(column), _uses(column), _reference(column), _picklist(column))
    same = dict.fromkeys(_FALSE, False) | dict.fromkeys(_NULL)
    return dict(sorted((key, value) for part in (same, *parts) for key, value in part.items()))


def _name(column: Field) -> dict[str, Any]:
    return {
        "name": column.name,
        "label": column.label,
        "custom": column.custom,
        "nameField": column.name == "Name",
        "compoundFieldName": column.compound or None,
        "extraTypeInfo": column.extra,
        "type": column.type,
        "soapType": _SOAP.get(column.type, "xsd:string"),
    }


def _size(column: Field) -> dict[str, Any]:
    key = column.type in ("id", "reference")
    return {
        "length": column.length if key or column.type in TEXT else 0,
        "byteLength": column.length if key else column.length * 3,
        "digits": 8 if column.type == "int" else 0,
        "precision": column.precision if column.type in NUMBER else 0,
        "scale": column.scale,
    }


def _rights(column: Field) -> dict[str, Any]:
    return {
        "createable": column.createable,
        "updateable": column.updateable,
        "nillable": column.nillable,
        "defaultedOnCreate": column.defaulted,
        "defaultValue": False if column.type == "boolean" else None,
        "permissionable": column.permissionable,
        "unique": column.unique,
        "externalId": column.external,
        "idLookup": column.id_lookup,
    }


def _uses(column: Field) -> dict[str, Any]:
    """What a query may do with it."""
    return {
        "aggregatable": column.aggregatable,
        "filterable": column.filterable,
        "groupable": column.groupable,
        "sortable": column.sortable,
        "queryByDistance": column.type == "address",
        "searchPrefilterable": column.type == "reference" and column.nillable and column.updateable,
    }


def _reference(column: Field) -> dict[str, Any]:
    return {"referenceTo": [column.refers] if column.refers else [], "relationshipName": column.relation or None}


def _picklist(column: Field) -> dict[str, Any]:
    return {
        "controllerName": f"{column.name.removesuffix('StateCode')}CountryCode" if _of_country(column) else None,
        "dependentPicklist": _of_country(column),
        "restrictedPicklist": column.restricted,
        "picklistValues": [
            {"active": True, "defaultValue": False, "label": label, "validFor": valid_for, "value": value}
            for value, label, valid_for in _choices(column)
        ],
    }


def _of_country(column: Field) -> bool:
    return bool(column.compound) and column.name.endswith("StateCode")


def _choices(column: Field) -> Iterator[tuple[str, str, str | None]]:
    """Each value of a picklist with its label, and of a state the countries it is valid for."""
    if _of_country(column):
        yield from places.states()
    elif column.compound and column.name.endswith("CountryCode"):
        yield from ((code, name, None) for code, name in COUNTRIES.items())
    else:
        labels = column.labels or column.choices
        yield from ((choice, label, None) for choice, label in zip(column.choices, labels, strict=True))


def outline(sobject: SObject, version: str) -> dict[str, Any]:
    """An element of the global describe, and the `objectDescribe` of one object."""
    base = f"/services/data/v{version}/sobjects/{sobject.name}"
    return {
        "activateable": False,
        "createable": sobject.writable,
        "custom": False,
        "customSetting": False,
        "deletable": sobject.removable,
        "deprecatedAndHidden": False,
        "feedEnabled": sobject.writable,
        "hasSubtypes": False,
        "keyPrefix": sobject.prefix,
        "label": sobject.label,
        "labelPlural": sobject.plural,
        "layoutable": sobject.writable,
        "mergeable": sobject.mergeable,
        "mruEnabled": sobject.writable,
        "name": sobject.name,
        "queryable": True,
        "replicateable": sobject.stamped,
        "retrieveable": True,
        "searchable": sobject.writable,
        "triggerable": sobject.writable,
        "undeletable": sobject.removable,
        "updateable": sobject.writable,
        "urls": {"sobject": base, "describe": f"{base}/describe", "rowTemplate": f"{base}/{{ID}}"},
    }


def whole(sobject: SObject, version: str) -> dict[str, Any]:
    """The answer of `describe`."""
    return outline(sobject, version) | {
        **dict.fromkeys(_NEVER),
        "compactLayoutable": sobject.writable,
        "deepCloneable": False,
        "isInterface": False,
        "isSubtype": False,
        "namedLayoutInfos": [],
        "searchLayoutable": sobject.writable,
        "actionOverrides": [],
        "childRelationships": [
            {"cascadeDelete": child != sobject.name, "childSObject": child, "deprecatedAndHidden": False, "field": key,
             "junctionIdListNames": [], "junctionReferenceTo": [], "relationshipName": name, "restrictedDelete": False}
            for name, (child, key) in sobject.children.items()
        ],
        "fields": [field(column) for column in sobject.fields],
        "recordTypeInfos": [
            {"active": True, "available": True, "defaultRecordTypeMapping": True, "developerName": "Master",
             "master": True, "name": "Master", "recordTypeId": "012000000000000AAA", "urls": {}}
        ],
        "supportedScopes": [{"label": label, "name": name} for name, label in scopes(sobject).items()],
    }  # fmt: skip
