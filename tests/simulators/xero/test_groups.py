"""Contact groups: what the vendor describes of them beyond joining and leaving."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from tests.simulators.xero.conftest import messages


@pytest.fixture
def grouped(api):
    for name in ("Wholesale", "Retail", "Abroad"):
        assert api.put("/ContactGroups", {"ContactGroups": [{"Name": name}]}).status_code == 200
    return api


def names(api, query=""):
    return [group["Name"] for group in api.get(f"/ContactGroups?{query}").json["ContactGroups"]]


def test_groups_are_filtered_and_ordered(grouped):
    assert names(grouped, "order=Name DESC") == ["Wholesale", "Retail", "Abroad"]
    assert names(grouped, "where=" + quote('Name=="RETAIL"')) == ["Retail"]
    assert names(grouped, "where=" + quote('Status=="ACTIVE" && Name.ToLower().StartsWith("a")')) == ["Abroad"]


@pytest.mark.parametrize("query", ["order=Nonsense", "where=EmailAddress!=null", "where=Name=="])
def test_filters_and_orders_outside_the_language_are_refused_for_groups_too(grouped, query):
    answer = grouped.get(f"/ContactGroups?{query}")
    assert (answer.status_code, answer.json["Type"]) == (400, "QueryParseException")


def test_a_refused_group_carries_the_zero_guid_and_its_reason(grouped):
    (element,) = grouped.put("/ContactGroups", {"ContactGroups": [{"Name": "Retail"}]}).json["Elements"]
    assert element["ContactGroupID"] == "00000000-0000-0000-0000-000000000000"
    assert (element["Name"], element["Contacts"], element["HasValidationErrors"]) == ("Retail", [], True)
    assert element["ValidationErrors"] == [{"Message": "A Contact Group already exists with this name"}]


def test_a_post_creates_a_group_or_changes_the_one_it_names(grouped):
    made = grouped.post("/ContactGroups", {"Name": "VIP Customers"}).json["ContactGroups"][0]
    assert "VIP Customers" in names(grouped)
    renamed = {"ContactGroups": [{"ContactGroupID": made["ContactGroupID"], "Name": "VIPs"}]}
    assert grouped.post("/ContactGroups", renamed).json["ContactGroups"][0]["Name"] == "VIPs"
    assert {"VIPs", "VIP Customers"} & set(names(grouped)) == {"VIPs"}
    nobody = {"ContactGroupID": "11111111-1111-4111-8111-111111111111", "Name": "X"}
    assert grouped.post("/ContactGroups", nobody).status_code == 404
    assert grouped.post("/ContactGroups", {"Name": "retail"}).status_code == 400


def test_an_archived_contact_joins_no_group(grouped):
    made = grouped.create()
    grouped.change(made, ContactStatus="ARCHIVED")
    key = grouped.get("/ContactGroups").json["ContactGroups"][0]["ContactGroupID"]
    answer = grouped.put(f"/ContactGroups/{key}/Contacts", {"Contacts": [{"ContactID": made["ContactID"]}]})
    assert messages(answer) == ["Unable to assign an Archived contact."]


@pytest.mark.parametrize("name", [["Retail"], {"a": 1}, True])
def test_a_name_that_is_no_text_is_bad_data(grouped, name):
    key = grouped.get("/ContactGroups").json["ContactGroups"][0]["ContactGroupID"]
    for answer in (
        grouped.put("/ContactGroups", {"Name": name}),
        grouped.post(f"/ContactGroups/{key}", {"Name": name}),
    ):
        assert (answer.status_code, answer.json["Type"]) == (400, "PostDataInvalidException")
    assert len(names(grouped)) == 3


def test_two_groups_of_one_name_in_one_request_are_refused(grouped):
    assert grouped.put("/ContactGroups", {"ContactGroups": [{"Name": "Twin"}, {"Name": "twin"}]}).status_code == 400
    assert "Twin" not in names(grouped)


def test_an_organisation_has_at_most_a_hundred_groups(grouped):
    more = [{"Name": f"Group {number}"} for number in range(97)]
    assert grouped.put("/ContactGroups", {"ContactGroups": more}).status_code == 200
    refused = grouped.put("/ContactGroups", {"Name": "One more"}).json["Elements"][0]["ValidationErrors"]
    assert refused == [{"Message": "You’ve reached the limit of 100 contact groups."}]


def test_a_deleted_group_is_gone_and_its_name_free(grouped):
    path = f"/ContactGroups/{grouped.get('/ContactGroups').json['ContactGroups'][0]['ContactGroupID']}"
    deleted = grouped.post(path, {"ContactGroups": [{"Status": "DELETED"}]})
    assert deleted.json["ContactGroups"][0]["Status"] == "DELETED"
    assert grouped.get(path).status_code == 404
    assert grouped.put("/ContactGroups", {"Name": "Wholesale"}).status_code == 200


def test_contacts_that_join_are_answered_by_id_alone(grouped):
    made, path = grouped.create(), grouped.get("/ContactGroups").json["ContactGroups"][0]["ContactGroupID"]
    joined = grouped.put(f"/ContactGroups/{path}/Contacts", {"Contacts": [{"ContactID": made["ContactID"]}]})
    (line,) = joined.json["Contacts"]
    assert {key for key, value in line.items() if value} == {"ContactID"}
    assert line["ValidationErrors"] == []
