"""Parents named by a key of theirs in place of their id, as the guide to upserts shows."""

from __future__ import annotations

from typing import Any

import pytest
from werkzeug.test import TestResponse

from tests.simulators.salesforce.api import Api, error


def contact(api: Api, **fields: Any) -> TestResponse:
    return api.call("POST", "/sobjects/Contact", {"LastName": "Rua", **fields})


def test_a_parent_may_be_named_by_its_external_id(api: Api) -> None:
    acme = api.create(Xero_Contact_Id__c="X1")
    key = contact(api, Account={"Xero_Contact_Id__c": "x1"}).get_json()["id"]
    assert api.call("GET", f"/sobjects/Contact/{key}").get_json()["AccountId"] == acme


def test_an_update_and_a_row_of_a_collection_name_parents_so_too(api: Api) -> None:
    acme, child = api.create(Xero_Contact_Id__c="X1"), api.create()
    parent = {"attributes": {"type": "Account"}, "Xero_Contact_Id__c": "X1"}
    assert api.update(child, Parent=parent).status_code == 204
    assert api.get(child)["ParentId"] == acme
    rows = {"records": [{"attributes": {"type": "Contact"}, "LastName": "Rua", "Account": parent}]}
    assert api.call("POST", "/composite/sobjects", rows).get_json()[0]["success"]


def test_an_owner_may_be_named_by_the_name_they_sign_in_with(api: Api) -> None:
    api.person("create", fields={"Name": "Brim"})
    (user,) = api.found("SELECT Id, Username FROM User WHERE Name = 'Hana Tuiasau'")
    key = api.create(Owner={"Username": user["Username"]})
    assert api.get(key)["OwnerId"] == user["Id"]


@pytest.mark.parametrize(
    ("parent", "told"),
    [
        ({"Xero_Contact_Id__c": "0116"}, "Foreign key external ID: 0116 not found for field Xero_Contact_Id__c in"),
        ({"Name": "Acme"}, "Field name provided, Name is not an External ID or indexed field for Account"),
        ({"Nope__c": "1"}, "Field name provided, Nope__c is not"),
        ({}, "A reference to Account is one external ID field"),
    ],
)  # fmt: skip
def test_a_parent_that_is_not_found_is_no_field(api: Api, parent: dict[str, str], told: str) -> None:
    api.create()
    answer = contact(api, Account=parent)
    assert error(answer) == (400, "INVALID_FIELD")
    assert answer.get_json()[0]["message"].startswith(told)


def test_a_parent_is_not_named_twice(api: Api) -> None:
    acme = api.create(Xero_Contact_Id__c="X1")
    answer = contact(api, AccountId=acme, Account={"Xero_Contact_Id__c": "X1"})
    assert error(answer) == (400, "INVALID_FIELD")


def test_a_parent_that_several_could_be_is_none(api: Api) -> None:
    for _ in range(2):
        contact(api, Email="rua@acme.example")
    answer = contact(api, ReportsTo={"Email": "rua@acme.example"})
    assert error(answer) == (400, "DUPLICATE_EXTERNAL_ID")


def test_no_account_stands_above_itself(api: Api) -> None:
    top = api.create()
    middle = api.create(ParentId=top)
    low = api.create(ParentId=middle)
    for parent in (top, middle, low):
        assert error(api.update(top, ParentId=parent)) == (400, "CIRCULAR_DEPENDENCY")
    assert api.update(low, ParentId=top).status_code == 204


def test_a_ring_that_a_merge_closed_holds_nobody_up(api: Api) -> None:
    loser = api.create()
    between = api.create(ParentId=loser)
    winner = api.create(ParentId=between)
    api.person("merge", id=winner, loser=loser)
    assert api.update(api.create(), ParentId=winner).status_code == 204
