"""Collections: many rows in one call, each with its own outcome."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.salesforce.api import Api, error


def row(**fields: Any) -> dict[str, Any]:
    return {"attributes": {"type": "Account"}, **fields}


def post(api: Api, *rows: dict[str, Any], whole: bool = False) -> list[dict[str, Any]]:
    answer = api.call("POST", "/composite/sobjects", {"allOrNone": whole, "records": list(rows)})
    assert answer.status_code == 200, answer.text
    results: list[dict[str, Any]] = answer.get_json()
    return results


def test_outcomes_stand_in_the_order_of_the_request(api: Api) -> None:
    results = post(api, row(Name="A"), row(Phone="1"), row(Name="C"))
    assert [result["success"] for result in results] == [True, False, True]
    assert results[1]["errors"][0]["statusCode"] == "REQUIRED_FIELD_MISSING"
    assert results[1]["errors"][0]["fields"] == ["Name"]
    assert api.names("ORDER BY Name") == ["A", "C"]


def test_all_or_none_undoes_the_innocent_rows(api: Api) -> None:
    results = post(api, row(Name="A"), row(Phone="1"), whole=True)
    assert [result["errors"][0]["statusCode"] for result in results] == [
        "ALL_OR_NONE_OPERATION_ROLLED_BACK", "REQUIRED_FIELD_MISSING"
    ]  # fmt: skip
    assert api.names("") == []


def test_rows_are_updated_by_id(api: Api) -> None:
    key = api.create()
    body = {"records": [row(id=key, Phone="7"), row(Id="001000000000001AAA", Phone="8"), row(Phone="9")]}
    results = api.call("PATCH", "/composite/sobjects", body).get_json()
    assert results[0] == {"id": key, "success": True, "errors": []}
    assert results[1]["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert results[2]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"
    assert api.get(key)["Phone"] == "7"


def test_upserts_by_key_say_which_were_created(api: Api) -> None:
    key = api.create(Xero_Contact_Id__c="k1")
    rows = [row(name="One", xero_contact_id__c="K1"), row(Name="Two", Xero_Contact_Id__c="k2"), row(Name="Three")]
    results = api.call("PATCH", "/composite/sobjects/Account/Xero_Contact_Id__c", {"records": rows}).get_json()
    assert (results[0]["id"], results[0]["created"], results[1]["created"]) == (key, False, True)
    assert results[2]["errors"][0]["statusCode"] == "MISSING_ARGUMENT"
    assert api.names("ORDER BY Name") == ["One", "Two"]


def test_a_key_given_twice_in_one_upsert_is_refused(api: Api) -> None:
    rows = [row(Name="One", Xero_Contact_Id__c="k1"), row(Name="Two", Xero_Contact_Id__c="k1")]
    results = api.call("PATCH", "/composite/sobjects/Account/Xero_Contact_Id__c", {"records": rows}).get_json()
    assert {result["errors"][0]["statusCode"] for result in results} == {"DUPLICATE_VALUE"}


@pytest.mark.parametrize("path", ["/composite/sobjects", "/composite/sobjects/Account/Id"])
def test_no_record_is_updated_by_two_rows_of_one_call(api: Api, path: str) -> None:
    key, other = api.create(), api.create()
    rows = [row(id=key, Phone="1"), row(id=other, Phone="2"), row(id=key[:15], Phone="3")]
    results = api.call("PATCH", path, {"records": rows}).get_json()
    assert [result["success"] for result in results] == [False, True, False]
    told = {"statusCode": "DUPLICATE_VALUE", "message": f"Duplicate id specified: {key}", "fields": ["Id"]}
    assert results[0]["errors"] == results[2]["errors"] == [told]
    assert api.get(key)["Phone"] is None


def test_rows_are_deleted_by_id(api: Api) -> None:
    first, second = api.create(), api.create()
    results = api.call("DELETE", f"/composite/sobjects?ids={first},{second},{first}&allOrNone=false").get_json()
    assert [result["success"] for result in results] == [True, True, False]
    assert results[2]["errors"][0]["statusCode"] == "ENTITY_IS_DELETED"


@pytest.mark.parametrize("query", ["", "?ids=", "?allOrNone=true"])
def test_a_deletion_of_nothing_is_refused(api: Api, query: str) -> None:
    assert error(api.call("DELETE", f"/composite/sobjects{query}")) == (400, "MISSING_ARGUMENT")


def test_rows_are_read_with_null_for_the_missing(api: Api) -> None:
    key = api.create(Phone="1")
    body = {"ids": [key, "001000000000001AAA"], "fields": ["Name", "Phone"]}
    found = api.call("POST", "/composite/sobjects/Account", body).get_json()
    assert (found[0]["Name"], found[0]["Phone"], found[1]) == ("Acme", "1", None)
    listed = api.call("GET", f"/composite/sobjects/Account?ids={key},nonsense&fields=Name").get_json()
    assert [each and each["Name"] for each in listed] == ["Acme", None]
    unknown = {"ids": ["001000000000001AAA"], "fields": ["Foo"]}
    assert error(api.call("POST", "/composite/sobjects/Account", unknown)) == (400, "INVALID_FIELD")


@pytest.mark.parametrize("query", ["", "?fields=Name", "?ids=001000000000001AAA", "?ids=&fields=Name"])
def test_a_reading_of_nothing_is_refused(api: Api, query: str) -> None:
    assert error(api.call("GET", f"/composite/sobjects/Account{query}")) == (400, "MISSING_ARGUMENT")


def test_rows_upserted_by_id_are_updated_or_without_one_created(api: Api) -> None:
    key = api.create()
    rows = [row(Id=key, Phone="7"), row(Name="New"), row(Id="001000000000001AAA", Phone="8")]
    told = api.call("PATCH", "/composite/sobjects/Account/Id", {"records": rows}).get_json()
    assert [each.get("created") for each in told] == [False, True, None]
    assert told[2]["errors"][0]["statusCode"] == "INVALID_CROSS_REFERENCE_KEY"
    assert (api.get(key)["Phone"], api.get(told[1]["id"])["Name"]) == ("7", "New")


def test_more_than_two_hundred_rows_are_refused(api: Api) -> None:
    rows = [row(Name=str(n)) for n in range(201)]
    assert error(api.call("POST", "/composite/sobjects", {"records": rows})) == (400, "EXCEEDED_ID_LIMIT")
    assert all(result["success"] for result in post(api, *rows[:200]))


def test_types_in_turn_make_too_many_chunks(api: Api) -> None:
    contact = {"attributes": {"type": "Contact"}, "LastName": "Rua"}
    answer = api.call("POST", "/composite/sobjects", {"records": [row(Name="A"), contact] * 6})
    assert error(answer) == (400, "LIMIT_EXCEEDED")
    assert all(result["success"] for result in post(api, *[row(Name="A")] * 6, *[contact] * 6))


@pytest.mark.parametrize("body", [{}, {"records": {}}, {"records": 5}, {"records": [1]}, {"records": [{"Name": "A"}]}])
def test_a_collection_without_proper_rows_is_refused(api: Api, body: Any) -> None:
    for method, path in (("POST", ""), ("PATCH", ""), ("PATCH", "/Account/Xero_Contact_Id__c")):
        assert error(api.call(method, f"/composite/sobjects{path}", body)) == (400, "JSON_PARSER_ERROR")


def test_a_collection_is_one_call(api: Api) -> None:
    used = api.twin.quota.used
    post(api, *[row(Name=str(n)) for n in range(50)])
    assert api.twin.quota.used == used + 1


@pytest.mark.parametrize("path", ["/composite/sobjects", "/composite/sobjects/Contact/Id"])
@pytest.mark.parametrize("wrong", ["001xx000003DGb2999", "zz", ""])
def test_a_row_with_an_id_of_another_type_is_malformed(api: Api, path: str, wrong: str) -> None:
    account = api.create()
    for key in (wrong, account):
        rows = [{"attributes": {"type": "Contact"}, "id": key, "LastName": "Rua"}]
        (told,) = api.call("PATCH", path, {"records": rows}).get_json()
        message = f"Contact ID: id value of incorrect type: {key}"
        assert told["errors"] == [{"statusCode": "MALFORMED_ID", "message": message, "fields": ["Id"]}]


def test_a_malformed_id_to_delete_is_told_without_a_field(api: Api) -> None:
    (told,) = api.call("DELETE", "/composite/sobjects?ids=001RM000003oLrB000").get_json()
    assert told["errors"] == [
        {"statusCode": "MALFORMED_ID", "message": "malformed id 001RM000003oLrB000", "fields": []}
    ]


def test_what_was_there_keeps_its_id_when_it_is_rolled_back(api: Api) -> None:
    key = api.create(Xero_Contact_Id__c="k1")
    updated = {"allOrNone": True, "records": [row(id=key, Phone="1"), row(id="zz")]}
    (kept, _) = api.call("PATCH", "/composite/sobjects", updated).get_json()
    (deleted, _) = api.call("DELETE", f"/composite/sobjects?ids={key},zz&allOrNone=true").get_json()
    (made, _) = post(api, row(Name="A"), row(Phone="1"), whole=True)
    rows = [row(Name="One", Xero_Contact_Id__c="k1"), row(Name="Two", Xero_Contact_Id__c="k2"), row(Name="Three")]
    whole = {"allOrNone": True, "records": rows}
    one, two, _ = api.call("PATCH", "/composite/sobjects/Account/Xero_Contact_Id__c", whole).get_json()
    assert [each.get("id") for each in (kept, deleted, made, one, two)] == [key, key, None, key, None]
    assert {each["errors"][0]["statusCode"] for each in (kept, deleted, made, one, two)} == {
        "ALL_OR_NONE_OPERATION_ROLLED_BACK"
    }


@pytest.mark.parametrize(("version", "status"), [("45.0", 404), ("46.0", 200)])
def test_collections_are_upserted_from_version_46_on(api: Api, version: str, status: int) -> None:
    path = f"/services/data/v{version}/composite/sobjects/Account/Xero_Contact_Id__c"
    rows = {"records": [row(Name="A", Xero_Contact_Id__c="k1")]}
    assert api.call("PATCH", path, rows).status_code == status
