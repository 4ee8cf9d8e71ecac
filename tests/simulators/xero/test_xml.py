"""What a caller that speaks XML is told, and what of its XML is refused."""

from __future__ import annotations

from urllib.parse import quote, quote_plus
from xml.etree import ElementTree as ET

import pytest

TYPE = "{http://www.w3.org/2001/XMLSchema-instance}type"


def told(answer):
    assert answer.content_type == "text/xml; charset=utf-8"
    return ET.fromstring(answer.data)


def sent(api, body, accept="application/xml"):
    headers = api.headers(Content_Type="application/xml", Accept=accept)
    return api.client.put("/api.xro/2.0/Contacts", data=body, headers=headers)


@pytest.mark.parametrize("accept", ["application/xml", "text/xml", "application/json;q=0.5, text/xml"])
def test_a_list_is_xml_for_who_asks_for_that(api, accept):
    made = api.create("Rimu & Sons", Phones=[{"PhoneType": "FAX", "PhoneNumber": "2"}])
    root = told(api.get("/Contacts?page=1", Accept=accept))
    assert (root.tag, root.findtext("Status")) == ("Response", "OK")
    assert root.findtext("DateTimeUTC") == "2026-05-04T12:30:15.25Z"
    (contact,) = root.findall("Contacts/Contact")
    assert contact.findtext("ContactID") == made["ContactID"]
    assert contact.findtext("Name") == "Rimu & Sons"
    assert contact.findtext("UpdatedDateUTC") == "2026-05-04T12:30:15.25"
    assert contact.findtext("IsCustomer") == "false"
    assert [phone.findtext("PhoneType") for phone in contact.findall("Phones/Phone")] == [
        "DDI", "DEFAULT", "FAX", "MOBILE",
    ]  # fmt: skip
    assert len(contact.findall("Addresses/Address")) == 2
    assert contact.find("HasValidationErrors") is None


@pytest.mark.parametrize("accept", ["*/*", "application/json", "application/json, text/plain, */*", "image/png"])
def test_it_is_json_for_everybody_else(api, accept):
    assert api.get("/Contacts", Accept=accept).content_type == "application/json; charset=utf-8"


def test_refusals_of_the_api_are_xml_too(api):
    root = told(sent(api, "<Contact><EmailAddress>a@b.example</EmailAddress></Contact>"))
    assert (root.tag, root.findtext("ErrorNumber"), root.findtext("Type")) == (
        "ApiException", "10", "ValidationException",
    )  # fmt: skip
    (element,) = root.findall("Elements/DataContractBase")
    assert element.get(TYPE) == "Contact"
    assert element.findtext("ValidationErrors/ValidationError/Message") == "Contact Name cannot be empty."
    assert told(api.get("/Contacts?order=Nonsense", Accept="text/xml")).findtext("Type") == "QueryParseException"


def test_what_became_of_each_element_is_its_status(api):
    body = [{"Name": "Good"}, {"Name": ""}]
    root = told(api.put("/Contacts?summarizeErrors=false", {"Contacts": body}, Accept="text/xml"))
    assert [one.get("status") for one in root.findall("Contacts/Contact")] == ["OK", "ERROR"]


def test_groups_history_and_the_organisation_are_told_in_xml(api):
    made = api.create()
    api.put("/ContactGroups", {"Name": "Retail"})
    for path, found in (
        ("/ContactGroups", "ContactGroups/ContactGroup/Name"),
        (f"/Contacts/{made['ContactID']}/History", "HistoryRecords/HistoryRecord/DateUTC"),
        ("/Organisation", "Organisations/Organisation/OrganisationID"),
        ("/Organisation/Actions", "Actions/Action/Status"),
    ):
        assert told(api.get(path, Accept="application/xml")).findtext(found)


def test_what_xml_cannot_tell_is_left_out(api):
    api.create("A\u0000B\u0001")
    assert told(api.get("/Contacts", Accept="text/xml")).findtext("Contacts/Contact/Name") == "AB"


def test_refusals_from_in_front_of_the_api_stay_what_they_are(api):
    assert api.client.get("/api.xro/2.0/Contacts", headers={"Accept": "text/xml"}).json["Status"] == 401
    assert api.get("/Contacts/nobody", Accept="text/xml").content_type.startswith("text/html")


@pytest.mark.parametrize(("do", "tag"), [("high_volume", "ApiException"), ("empty_answer", "Response")])
def test_faults_are_told_in_xml_too(api, do, tag):
    fault = [{"match": {"path": "/Contacts", "nth": 1}, "do": do}]
    assert api.client.post("/_sim/faults", json=fault).status_code == 200
    assert told(api.get("/Contacts?page=1", Accept="text/xml")).tag == tag


def test_a_repeated_key_may_ask_for_the_other_form(api):
    first = api.put("/Contacts", {"Name": "Once"}, Idempotency_Key="k1")
    again = told(api.put("/Contacts", {"Name": "Once"}, Idempotency_Key="k1", Accept="text/xml"))
    assert again.findtext("Contacts/Contact/ContactID") == first.json["Contacts"][0]["ContactID"]


@pytest.mark.parametrize(
    ("inside", "name"),
    [
        ("<Name>A</Name><Colour>blue</Colour>", "Colour"),
        ("<Name>A</Name><HasValidationErrors>false</HasValidationErrors>", "HasValidationErrors"),
        ("<name>A</name>", "name"),
        ("<Name>A</Name><Name>B</Name>", "Name"),
        ("<Name>A</Name><Phones><Phone><Number>1</Number></Phone></Phones>", "Number"),
    ],
)
def test_an_element_that_is_unknown_or_there_twice_is_refused(api, inside, name):
    root = told(sent(api, f"<Contacts><Contact>{inside}</Contact></Contacts>"))
    assert (root.findtext("ErrorNumber"), root.findtext("Type")) == ("14", "PostDataInvalidException")
    assert root.findtext("Message") == (
        f"The element '{name}' was not recognised. Ensure the element name has the correct case "
        "and that there are no duplicate elements of the same name."
    )
    assert api.names() == []


@pytest.mark.parametrize("quoted", [quote, quote_plus])
def test_xml_may_come_as_the_field_of_a_form(api, quoted):
    form = "application/x-www-form-urlencoded"
    body = "xml=" + quoted("<Contacts><Contact><Name>Rimu &amp; Sons + Co</Name></Contact></Contacts>")
    answer = api.client.put("/api.xro/2.0/Contacts", data=body, headers=api.headers(Content_Type=form))
    assert answer.json["Contacts"][0]["Name"] == "Rimu & Sons + Co"
    for bad in ("xml=%3CContact", "xml=", "json={}"):
        answer = api.client.put("/api.xro/2.0/Contacts", data=bad, headers=api.headers(Content_Type=form))
        assert (answer.status_code, answer.json["Type"]) == (400, "PostDataInvalidException")


def test_a_contact_that_was_read_can_be_sent_back_in_xml(api):
    made = api.create(
        EmailAddress="a@b.example",
        ContactPersons=[{"FirstName": "Ann"}],
        PaymentTerms={"Bills": {"Day": 5, "Type": "OFCURRENTMONTH"}},
    )
    path = f"/api.xro/2.0/Contacts/{made['ContactID']}"
    read = api.client.get(path, headers=api.headers(Accept="application/xml")).data
    contact = b"".join(ET.tostring(one) for one in ET.fromstring(read).findall("Contacts"))
    answer = api.client.post("/api.xro/2.0/Contacts", data=contact, headers=api.headers(Content_Type="text/xml"))
    assert answer.status_code == 200, answer.data
    assert api.read(made)["ContactPersons"] == [{"FirstName": "Ann", "IncludeInEmails": False}]
