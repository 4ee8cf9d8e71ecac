"""The twin's answers against the vendor's published OpenAPI description, where a copy of it is at hand.

The folder holds xero_accounting.yaml and xero-identity.yaml; it is not part of this project.
"""

from __future__ import annotations

from typing import Any

import pytest
import yaml

KINDS: dict[str, Any] = {
    "string": str,
    "boolean": bool,
    "integer": int,
    "number": (int, float),
    "object": dict,
    "array": list,
}
UNDESCRIBED = {"ProviderName", "DateTimeUTC", "Status", "Id", "HasValidationErrors", "DateUTCString"}
"""In the description's own examples or in recorded answers, and not in its schemas."""


@pytest.fixture(scope="module")
def schemas(vendor_specs):
    return described(vendor_specs / "xero_accounting.yaml")


def described(path):
    with path.open(encoding="utf-8") as stream:
        return yaml.load(stream, Loader=getattr(yaml, "CSafeLoader", yaml.SafeLoader))["components"]["schemas"]


def faults(value: Any, schema: dict[str, Any], schemas: dict[str, Any], path: str) -> list[str]:
    """Every way in which a value differs from its description: unknown members, wrong kinds, too long, not listed."""
    if "$ref" in schema:
        schema = schemas[schema["$ref"].rsplit("/", 1)[1]]
    kind = schema.get("type", "object")
    if (isinstance(value, bool) and kind != "boolean") or not isinstance(value, KINDS[kind]):
        return [f"{path}: {value!r} is no {kind}"]
    if kind == "array":
        return [found for item in value for found in faults(item, schema["items"], schemas, f"{path}[]")]
    if kind == "object":
        return _members(value, schema.get("properties", {}), schemas, path)
    found = [f"{path}: {value!r} is too long"] if len(str(value)) > schema.get("maxLength", 10**9) else []
    if value != "" and "enum" in schema and value not in schema["enum"]:
        found.append(f"{path}: {value!r} is not listed")
    return found


def _members(value: dict[str, Any], known: dict[str, Any], schemas: dict[str, Any], path: str) -> list[str]:
    found = []
    for key, member in value.items():
        if key in known:
            found += faults(member, known[key], schemas, f"{path}.{key}")
        elif key not in UNDESCRIBED:
            found.append(f"{path}.{key} is not described")
    return found


def test_a_wrong_answer_would_be_found(schemas):
    wrong = {"Contacts": [{"Name": 5, "Colour": "blue", "ContactStatus": "SLEEPING", "ContactNumber": "x" * 51}]}
    assert len(faults(wrong, schemas["Contacts"], schemas, "")) == 4


@pytest.mark.parametrize("query", ["page=1&pageSize=1000&includeArchived=true", "", "summaryOnly=true"])
def test_lists_are_as_described(api, schemas, query):
    api.client.post("/_sim/reset", json={"scenario": "demo", "records": 80, "seed": 1})
    assert faults(api.get(f"/Contacts?{query}").json, schemas["Contacts"], schemas, "") == []


def test_written_and_refused_contacts_are_as_described(api, schemas):
    body = {"Contacts": [{"Name": "A", "ContactPersons": [{"FirstName": "Ann"}]}, {"Name": "", "Phones": []}]}
    answer = api.put("/Contacts?summarizeErrors=false", body).json
    assert faults(answer, schemas["Contacts"], schemas, "") == []


def test_groups_organisation_actions_and_history_are_as_described(api, schemas):
    api.client.post("/_sim/reset", json={"scenario": "demo", "records": 80, "seed": 1})
    key = api.listed()[0]["ContactID"]
    api.change({"ContactID": key}, AccountNumber="A1")
    for path, schema in (
        ("/ContactGroups", "ContactGroups"),
        ("/Organisation", "Organisations"),
        ("/Organisation/Actions", "Actions"),
        (f"/Contacts/{key}/History", "HistoryRecords"),
    ):
        assert faults(api.get(path).json, schemas[schema], schemas, path) == []


def test_connections_are_as_described(api, vendor_specs):
    identity = described(vendor_specs / "xero-identity.yaml")
    answer = api.client.get("/connections", headers={"Authorization": f"Bearer {api.token}"}).json
    assert answer
    for connection in answer:
        assert faults(connection, identity["Connection"], identity, "") == []
