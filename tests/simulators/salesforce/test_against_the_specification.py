"""The twin's metadata and answers against descriptions recorded from the vendor, where a copy of them is at hand.

The folder holds GET_sobjects_<Object>_describe.json; what the vendor's organisation has and the twin has not is no
fault, for a twin is smaller.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.simulators.salesforce.api import Api

OBJECTS = ("Account", "Contact")
OWN = {"picklistValues"}
"""What every organisation sets for itself."""

LEFT_OUT = {
    "ChannelProgramLevelName", "ChannelProgramName", "DandbCompanyId", "IndividualId", "IsCustomerPortal", "IsPartner",
    "JigsawCompanyId", "JigsawContactId", "OperatingHoursId", "RecordTypeId",
}  # fmt: skip
"""Of objects and features that are not simulated."""

SHAPES: dict[str, Any] = {
    "tns:ID": str, "xsd:string": str, "xsd:boolean": bool, "xsd:int": int, "xsd:double": (int, float),
    "xsd:dateTime": str, "xsd:date": str, "urn:address": dict,
}  # fmt: skip


@pytest.fixture(scope="module", params=OBJECTS)
def recorded(request: pytest.FixtureRequest, vendor_specs: Path) -> dict[str, Any]:
    text = (vendor_specs / f"GET_sobjects_{request.param}_describe.json").read_text(encoding="utf-8")
    described: dict[str, Any] = json.loads(text)
    return described


def described(api: Api, recorded: dict[str, Any]) -> dict[str, Any]:
    answer: dict[str, Any] = api.call("GET", f"/sobjects/{recorded['name']}/describe").get_json()
    return answer


def differences(mine: dict[str, Any], theirs: dict[str, Any]) -> dict[str, Any]:
    keys = (set(mine) | set(theirs)) - OWN
    missing = "(missing)"
    return {
        key: (mine.get(key, missing), theirs.get(key, missing))
        for key in keys
        if mine.get(key, missing) != theirs.get(key, missing)
    }


def test_a_wrong_description_would_be_found() -> None:
    assert differences({"length": 255, "picklistValues": []}, {"length": 80, "digits": 0}) == {
        "length": (255, 80), "digits": ("(missing)", 0)
    }  # fmt: skip


def test_an_object_is_described_by_the_vendors_keys(api: Api, recorded: dict[str, Any]) -> None:
    mine = described(api, recorded)
    person = {"associateEntityType", "associateParentEntity", "sobjectDescribeOption"}  # newer than the one recording
    assert set(recorded) - set(mine) <= person
    assert set(mine) <= set(recorded)
    for key in ("name", "label", "labelPlural", "keyPrefix", "mergeable", "createable", "replicateable", "undeletable"):
        assert mine[key] == recorded[key], key


def test_every_standard_field_is_described_as_the_vendor_does(api: Api, recorded: dict[str, Any]) -> None:
    theirs = {field["name"]: field for field in recorded["fields"]}
    found = {
        field["name"]: differences(field, theirs[field["name"]])
        for field in described(api, recorded)["fields"]
        if not field["custom"]
    }
    assert {name: wrong for name, wrong in found.items() if wrong} == {}


def test_choices_that_no_administrator_can_change_are_the_vendors(api: Api, recorded: dict[str, Any]) -> None:
    theirs = {field["name"]: field["picklistValues"] for field in recorded["fields"] if field["restrictedPicklist"]}
    for field in described(api, recorded)["fields"]:
        if field["restrictedPicklist"]:
            assert field["picklistValues"] == theirs[field["name"]], field["name"]


def test_every_standard_field_of_the_vendor_is_there_or_named_as_left_out(api: Api, recorded: dict[str, Any]) -> None:
    mine = {field["name"] for field in described(api, recorded)["fields"]}
    theirs = {field["name"] for field in recorded["fields"] if "__" not in field["name"]}
    assert theirs - mine <= LEFT_OUT


def test_custom_fields_are_described_by_the_same_keys(api: Api, recorded: dict[str, Any]) -> None:
    keys = set(recorded["fields"][0])
    for field in described(api, recorded)["fields"]:
        assert set(field) == keys, field["name"]


def test_values_have_the_shape_and_length_that_the_vendor_describes(api: Api, recorded: dict[str, Any]) -> None:
    api.client.post("/_sim/reset", json={"scenario": "demo", "records": 40, "seed": 1})
    account = api.found("SELECT Id FROM Account LIMIT 1")[0]["Id"]
    api.call("POST", "/sobjects/Contact", {"LastName": "Aroha", "AccountId": account})
    theirs = {field["name"]: field for field in recorded["fields"]}
    rows = api.found(f"SELECT FIELDS(STANDARD) FROM {recorded['name']}")
    assert rows
    for row in rows:
        for name, value in row.items():
            about = theirs[name]
            assert value is not None or about["nillable"], name
            assert value is None or isinstance(value, SHAPES[about["soapType"]]), name
            assert not about["length"] or value is None or len(value) <= about["length"], name
