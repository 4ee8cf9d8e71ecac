"""What Concord needs of a Salesforce organisation, as a package its administrator can deploy.

Six fields on Account and a permission set, in the Metadata API's own format: nothing that runs, nothing that changes
what is there.  Standard fields get their permission too, since field-level security may hide any of them.
"""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable, Sequence
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from reconciler.core.schema import Flow, KindRule
from reconciler.mapping.limits import SALESFORCE
from reconciler.mapping.salesforce import PARTNER, columns

VERSION = "66.0"
NAMESPACE = "http://soap.sforce.com/2006/04/metadata"
PERMISSION_SET = "Concord"
# A zip of the same content is the same bytes.
STAMP = (2026, 1, 1, 0, 0, 0)
# Permissions are given to an address as a whole; a required field has none to give.
ADDRESSES = {"Billing": "BillingAddress", "Shipping": "ShippingAddress"}
REQUIRED = {"Name"}

BALANCES = {
    "Xero_Outstanding__c": ("Xero Outstanding", "What this customer owes by Xero's books"),
    "Xero_Overdue__c": ("Xero Overdue", "What this customer should have paid by now, by Xero's books"),
}

Setting = tuple[str, str]


def fields(flag: str) -> dict[str, tuple[Setting, ...]]:
    """The custom fields on Account, each with its settings in the order the Metadata API shows them."""
    return {
        "Email__c": (
            ("description", "The address Xero sends invoices to; shared by Concord."),
            ("label", "Email"),
            ("required", "false"),
            ("type", "Email"),
            ("unique", "false"),
        ),
        "Tax_Number__c": (
            ("description", "The tax number as Xero holds it; shared by Concord."),
            ("label", "Tax Number"),
            ("length", "50"),
            ("required", "false"),
            ("type", "Text"),
            ("unique", "false"),
        ),
        **{name: _balance(*words) for name, words in BALANCES.items()},
        flag: (
            ("defaultValue", "false"),
            ("description", "Ticked: Concord shares this account with Xero. Off for every new account."),
            ("label", "Sync with Xero"),
            ("type", "Checkbox"),
        ),
        PARTNER: (
            ("caseSensitive", "false"),
            ("description", "The contact in Xero that this account is linked to. Written by Concord."),
            ("externalId", "true"),
            ("label", "Xero Contact Id"),
            ("length", "36"),
            ("required", "false"),
            ("type", "Text"),
            ("unique", "true"),
        ),
    }


def _balance(label: str, meaning: str) -> tuple[Setting, ...]:
    return (
        ("description", f"{meaning}; written by Concord's full compare."),
        ("label", label),
        ("precision", "18"),
        ("required", "false"),
        ("scale", "2"),
        ("type", "Currency"),
    )


def package(rule: KindRule) -> bytes:
    """The zip, for the customers' rules in force."""
    custom = fields(rule.opt_in.salesforce)
    files = {
        "package.xml": _manifest(custom),
        "objects/Account.object": _object(custom),
        f"permissionsets/{PERMISSION_SET}.permissionset": _permissions([*custom, *_standard(rule)]),
    }
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, root in files.items():
            indent(root, "    ")
            text = tostring(root, encoding="UTF-8", xml_declaration=True) + b"\n"
            archive.writestr(zipfile.ZipInfo(name, STAMP), text)
    return held.getvalue()


def _standard(rule: KindRule) -> list[str]:
    """The standard fields that are shared, as permissions name them."""
    shared = [field for field in rule.fields if field.flow is not Flow.OFF]
    named = [
        ADDRESSES.get(field.salesforce, field.salesforce)
        for field in shared
        if field.salesforce in ADDRESSES or set(columns(field)) <= SALESFORCE.keys() - REQUIRED
    ]
    return list(dict.fromkeys(named))


def _manifest(custom: Iterable[str]) -> Element:
    root = Element("Package", xmlns=NAMESPACE)
    members = {"CustomField": [f"Account.{name}" for name in custom], "PermissionSet": [PERMISSION_SET]}
    for kind, names in members.items():
        types = SubElement(root, "types")
        _add(types, [*(("members", name) for name in names), ("name", kind)])
    _add(root, [("version", VERSION)])
    return root


def _object(custom: dict[str, tuple[Setting, ...]]) -> Element:
    root = Element("CustomObject", xmlns=NAMESPACE)
    for name, settings in custom.items():
        _add(SubElement(root, "fields"), [("fullName", name), *settings])
    return root


def _permissions(names: Sequence[str]) -> Element:
    """Read, create and edit, never delete; all accounts may be seen, or the hidden ones would look like gone ones."""
    root = Element("PermissionSet", xmlns=NAMESPACE)
    _add(root, [("description", "What the user that Concord signs in as needs. It may not delete.")])
    for name in names:
        entry = [("editable", "true"), ("field", f"Account.{name}"), ("readable", "true")]
        _add(SubElement(root, "fieldPermissions"), entry)
    _add(root, [("hasActivationRequired", "false"), ("label", PERMISSION_SET)])
    rights = {"Create": "true", "Delete": "false", "Edit": "true", "Read": "true"}
    entry = [(f"allow{right}", given) for right, given in rights.items()]
    entry += [("modifyAllRecords", "false"), ("object", "Account"), ("viewAllRecords", "true")]
    _add(SubElement(root, "objectPermissions"), entry)
    _add(SubElement(root, "userPermissions"), [("enabled", "true"), ("name", "ApiEnabled")])
    return root


def _add(parent: Element, settings: Iterable[Setting]) -> None:
    for name, text in settings:
        SubElement(parent, name).text = text
