"""The package for Salesforce: well formed, the same each time, and exactly the fields and rights that are needed."""

from __future__ import annotations

import io
import zipfile
from dataclasses import replace
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest

from reconciler.__main__ import main
from reconciler.adapters.salesforce.fields import missing
from reconciler.core.schema import Flow
from reconciler.mapping.shipped import CUSTOMER
from reconciler.metadata import package
from tests.adapters.wired import Wired

NS = "{http://soap.sforce.com/2006/04/metadata}"


def files(data: bytes) -> dict[str, Element]:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        return {name: fromstring(archive.read(name)) for name in archive.namelist()}


def plain(node: Element) -> dict[str, str]:
    return {child.tag.removeprefix(NS): child.text or "" for child in node}


FILES = files(package(CUSTOMER))
FIELDS = {entry["fullName"]: entry for entry in map(plain, FILES["objects/Account.object"].findall(f"{NS}fields"))}
RIGHTS = FILES["permissionsets/Concord.permissionset"]


def test_the_package_names_what_it_holds() -> None:
    assert list(FILES) == ["package.xml", "objects/Account.object", "permissionsets/Concord.permissionset"]
    assert all(root.tag.startswith(NS) for root in FILES.values())
    members = [node.text for node in FILES["package.xml"].iter(f"{NS}members")]
    assert members == [*(f"Account.{name}" for name in FIELDS), "Concord"]
    assert [node.text for node in FILES["package.xml"].iter(f"{NS}name")] == ["CustomField", "PermissionSet"]


def test_the_fields_have_the_types_and_lengths_that_the_rules_rest_on() -> None:
    types = {name: (entry["type"], entry.get("length")) for name, entry in FIELDS.items()}
    assert types == {
        "Email__c": ("Email", None),
        "Tax_Number__c": ("Text", "50"),
        "Sync_with_Xero__c": ("Checkbox", None),
        "Xero_Contact_Id__c": ("Text", "36"),
        "Xero_Outstanding__c": ("Currency", None),
        "Xero_Overdue__c": ("Currency", None),
    }
    key = FIELDS["Xero_Contact_Id__c"]
    assert (key["unique"], key["externalId"], key["caseSensitive"]) == ("true", "true", "false")
    assert FIELDS["Sync_with_Xero__c"]["defaultValue"] == "false"


def test_the_permission_set_gives_what_is_needed_and_never_a_delete() -> None:
    entries = [plain(node) for node in RIGHTS.findall(f"{NS}fieldPermissions")]
    assert {entry["field"] for entry in entries} == {
        f"Account.{name}"
        for name in (*FIELDS, "AccountNumber", "Phone", "Fax", "Website", "BillingAddress", "ShippingAddress")
    }
    assert {entry["readable"] for entry in entries} == {entry["editable"] for entry in entries} == {"true"}
    on_accounts = plain(RIGHTS.find(f"{NS}objectPermissions") or Element(""))
    assert {name for name, given in on_accounts.items() if given == "true"} == {
        "allowCreate", "allowEdit", "allowRead", "viewAllRecords",
    }  # fmt: skip
    assert plain(RIGHTS.find(f"{NS}userPermissions") or Element("")) == {"enabled": "true", "name": "ApiEnabled"}


def test_the_same_rules_make_the_same_bytes_and_other_rules_other_fields() -> None:
    assert package(CUSTOMER) == package(CUSTOMER)
    fields = tuple(replace(f, flow=Flow.OFF) if f.key == "fax" else f for f in CUSTOMER.fields)
    other = replace(CUSTOMER, fields=fields, opt_in=replace(CUSTOMER.opt_in, salesforce="Share__c"))
    found = files(package(other))
    texts = [node.text for node in found["permissionsets/Concord.permissionset"].iter(f"{NS}field")]
    assert "Account.Fax" not in texts
    assert "Account.Share__c" in texts


def test_an_organisation_with_these_fields_lacks_nothing(world: Wired) -> None:
    """The simulated organisation has them as the package makes them; without them each one is named."""
    described = world.reset().salesforce()._client.restful("sobjects/Account/describe")
    assert missing(described, "Account", CUSTOMER) == []
    shown = {field["name"]: field for field in described["fields"]}
    for name, entry in FIELDS.items():
        assert shown[name]["length"] == int(
            entry.get("length", {"Email": 80, "Checkbox": 0, "Currency": 0}.get(entry["type"], -1))
        )
    bare = {"fields": [field for field in described["fields"] if field["name"] not in FIELDS]}
    assert all(any(name in sentence for sentence in missing(bare, "Account", CUSTOMER)) for name in FIELDS)


def test_the_command_writes_the_package(tmp_path: Any, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "package.zip"
    assert main(["metadata", "--out", str(out)]) == 0
    assert files(out.read_bytes()).keys() == FILES.keys()
    assert "package.zip" in capsys.readouterr().out
