"""The way from a record along its relations, in the path."""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from tests.simulators.salesforce.api import Api, error


@dataclass(frozen=True)
class Firm:
    api: Api
    account: str
    contact: str


@pytest.fixture
def firm(api: Api) -> Firm:
    account = api.create(Phone="1")
    contact = api.call("POST", "/sobjects/Contact", {"LastName": "Rua", "AccountId": account}).get_json()["id"]
    return Firm(api, account, contact)


def test_a_parent_is_read_changed_and_removed_by_way_of_its_child(firm: Firm) -> None:
    way = f"/sobjects/Contact/{firm.contact}/Account"
    row = firm.api.call("GET", f"{way}?fields=Phone").get_json()
    assert (row["attributes"]["type"], row["Id"], row["Phone"]) == ("Account", firm.account, "1")
    assert firm.api.call("PATCH", way, {"Phone": "2"}).status_code == 204
    assert firm.api.get(firm.account)["Phone"] == "2"
    assert firm.api.call("DELETE", way).status_code == 204
    assert error(firm.api.call("GET", f"/sobjects/Account/{firm.account}")) == (404, "ENTITY_IS_DELETED")


def test_several_steps_lead_on(firm: Firm) -> None:
    row = firm.api.call("GET", f"/sobjects/Contact/{firm.contact[:15]}/account/Owner/").get_json()
    assert (row["attributes"]["type"], row["Name"]) == ("User", "Concord Integration")


def test_children_are_told_as_a_query_tells_them(firm: Firm) -> None:
    told = firm.api.call("GET", f"/sobjects/Account/{firm.account}/Contacts").get_json()
    assert (told["totalSize"], told["done"], told["records"][0]["LastName"]) == (1, True, "Rua")
    assert firm.api.call("GET", f"/sobjects/Account/{firm.account}/ChildAccounts").get_json()["records"] == []
    few = firm.api.call("GET", f"/sobjects/Account/{firm.account}/Contacts?fields=Id,LastName").get_json()
    assert set(few["records"][0]) == {"attributes", "Id", "LastName"}
    assert error(firm.api.call("GET", f"/sobjects/Account/{firm.account}/Contacts?fields=Nope"))[0] == 400


@pytest.mark.parametrize("way", ["ReportsTo", "Friend", "Account/Parent", "Account/Contacts/Account", "Account/" * 6])
def test_a_way_that_leads_nowhere_does_not_exist(firm: Firm, way: str) -> None:
    assert error(firm.api.call("GET", f"/sobjects/Contact/{firm.contact}/{way}")) == (404, "NOT_FOUND")


def test_many_are_not_written_at_once(firm: Firm) -> None:
    way = f"/sobjects/Account/{firm.account}/Contacts"
    assert error(firm.api.call("PATCH", way, {"LastName": "Toa"})) == (405, "METHOD_NOT_ALLOWED")
    assert error(firm.api.call("DELETE", way)) == (405, "METHOD_NOT_ALLOWED")


def test_before_version_36_no_way_leads_on(firm: Firm) -> None:
    answer = firm.api.call("GET", f"/services/data/v35.0/sobjects/Contact/{firm.contact}/Account")
    assert error(answer) == (404, "NOT_FOUND")
