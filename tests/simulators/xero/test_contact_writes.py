"""PUT and POST of contacts: who is meant, what is merged, what is refused."""

from __future__ import annotations

import re

import pytest

from tests.simulators.xero.conftest import messages

ZERO = "00000000-0000-0000-0000-000000000000"


def phone(kind, number):
    return {"PhoneType": kind, "PhoneNumber": number}


def test_a_created_contact_shows_only_what_was_set_and_every_slot(api):
    made = api.create("Rimu Joinery", EmailAddress="office@rimu.example", Phones=[phone("DEFAULT", "+64 9 555 0101")])
    assert made["ContactStatus"] == "ACTIVE"
    assert "FirstName" not in made
    assert "AccountNumber" not in made
    assert made["BankAccountDetails"] == ""
    assert [slot["PhoneType"] for slot in made["Phones"]] == ["DEFAULT", "DDI", "FAX", "MOBILE"]
    assert made["Phones"][0]["PhoneAreaCode"] == ""
    assert made["Phones"][1] == {"PhoneType": "DDI"}
    assert [slot["AddressType"] for slot in made["Addresses"]] == ["STREET", "POBOX"]
    assert "AddressLine1" not in made["Addresses"][0]
    assert made["SalesTrackingCategories"] == made["PurchasesTrackingCategories"] == []
    assert "HasAttachments" not in made


def test_a_read_contact_differs_from_a_written_one_in_slot_order_and_attachments(api):
    shown = api.read(api.create())
    assert [slot["PhoneType"] for slot in shown["Phones"]] == ["DDI", "DEFAULT", "FAX", "MOBILE"]
    assert shown["HasAttachments"] is False
    assert "SalesTrackingCategories" not in shown
    assert None not in shown.values()


def test_tracking_categories_are_taken_and_forgotten(api):
    made = api.create(SalesTrackingCategories=[{"TrackingCategoryName": "Region", "TrackingOptionName": "North"}])
    assert made["SalesTrackingCategories"] == []


def test_stamps_are_milliseconds_of_the_twins_clock(api):
    made = api.create()
    assert made["UpdatedDateUTC"] == "/Date(1777897815250+0000)/"
    assert re.fullmatch(r"/Date\(\d+\)/", api.get("/Contacts").json["DateTimeUTC"])


def test_an_id_sent_with_a_create_is_ignored(api):
    wanted = "11111111-1111-4111-8111-111111111111"
    assert api.create(ContactID=wanted)["ContactID"] != wanted


def test_a_create_is_refused_when_an_active_contact_has_the_name_in_any_case(api):
    api.create("Rimu Joinery")
    answer = api.put("/Contacts", {"Contacts": [{"Name": "RIMU joinery"}]})
    assert answer.status_code == 400
    assert answer.json["Type"] == "ValidationException"
    assert answer.json["ErrorNumber"] == 10
    element = answer.json["Elements"][0]
    assert element["ContactID"] == ZERO
    assert element["HasValidationErrors"] is True
    assert messages(answer) == [
        (
            "The contact name RIMU joinery is already assigned to another contact. "
            "The contact name must be unique across all active contacts."
        )
    ]


def test_archiving_frees_the_name_but_never_the_contact_number(api):
    old = api.create("Rimu Joinery", ContactNumber="001")
    api.change(old, ContactStatus="ARCHIVED")
    api.create("Rimu Joinery")
    answer = api.put("/Contacts", {"Contacts": [{"Name": "Another", "ContactNumber": "001"}]})
    assert messages(answer) == ["Another contact has this contact number. Please enter a different contact number."]


def test_a_post_without_an_id_silently_overwrites_the_namesake(api):
    first = api.create("Rimu Joinery", EmailAddress="office@rimu.example")
    answer = api.post("/Contacts", {"Contacts": [{"Name": "rimu joinery", "EmailAddress": "other@rimu.example"}]})
    assert answer.status_code == 200
    assert answer.json["Contacts"][0]["ContactID"] == first["ContactID"]
    assert api.read(first)["EmailAddress"] == "other@rimu.example"


def test_a_post_without_an_id_silently_overwrites_the_contact_of_the_same_number(api):
    first = api.create("Rimu Joinery", ContactNumber="A1")
    answer = api.post("/Contacts", {"Contacts": [{"Name": "Something else", "ContactNumber": "A1"}]})
    assert answer.json["Contacts"][0]["ContactID"] == first["ContactID"]
    assert api.read(first)["Name"] == "Something else"


def test_a_post_that_matches_nothing_creates(api):
    answer = api.post("/Contacts", {"Contacts": [{"Name": "New"}]})
    assert answer.status_code == 200
    assert api.names() == ["New"]


def test_an_unknown_id_fails_the_whole_post_and_saves_nothing(api):
    answer = api.post(
        "/Contacts", {"Contacts": [{"Name": "Good"}, {"ContactID": "11111111-1111-4111-8111-111111111111"}]}
    )
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/html")
    assert api.names() == []


def test_what_is_left_out_is_preserved(api):
    made = api.create("Rimu Joinery", AccountNumber="R1", Phones=[phone("DEFAULT", "1")])
    api.change(made, EmailAddress="office@rimu.example")
    shown = api.read(made)
    assert (shown["Name"], shown["AccountNumber"], shown["Phones"][1]["PhoneNumber"]) == ("Rimu Joinery", "R1", "1")


def test_an_empty_string_clears_and_null_means_not_sent(api):
    made = api.create("Rimu Joinery", AccountNumber="R1", TaxNumber="123")
    api.change(made, AccountNumber="", TaxNumber=None)
    shown = api.read(made)
    assert shown["AccountNumber"] == ""
    assert shown["TaxNumber"] == "123"


def test_a_currency_that_was_cleared_is_not_shown_as_an_empty_text(api):
    made = api.create(DefaultCurrency="NZD")
    assert made["DefaultCurrency"] == "NZD"
    assert "DefaultCurrency" not in api.change(made, DefaultCurrency="").json["Contacts"][0]
    assert "DefaultCurrency" not in api.read(made)


def test_phones_merge_by_slot_and_by_member(api):
    made = api.create(
        Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "1", "PhoneAreaCode": "9"}, phone("FAX", "2")],
    )
    api.change(made, Phones=[phone("DEFAULT", "3")])
    slots = {slot["PhoneType"]: slot for slot in api.read(made)["Phones"]}
    assert slots["DEFAULT"]["PhoneNumber"] == "3"
    assert slots["DEFAULT"]["PhoneAreaCode"] == "9"
    assert slots["FAX"]["PhoneNumber"] == "2"


def test_addresses_merge_by_slot(api):
    made = api.create(
        Addresses=[
            {"AddressType": "POBOX", "AddressLine1": "PO Box 1", "City": "Nelson"},
            {"AddressType": "STREET", "AddressLine1": "1 Ferry Road"},
        ]
    )
    api.change(made, Addresses=[{"AddressType": "POBOX", "AddressLine1": "PO Box 2"}])
    places = {slot["AddressType"]: slot for slot in api.read(made)["Addresses"]}
    assert (places["POBOX"]["AddressLine1"], places["POBOX"]["City"]) == ("PO Box 2", "Nelson")
    assert places["STREET"]["AddressLine1"] == "1 Ferry Road"


def test_a_phone_or_an_address_of_no_known_type_is_passed_over_without_a_word(api):
    made = api.create(
        Phones=[phone("HOME", "1"), {"PhoneNumber": "2"}, phone("FAX", "3"), phone(["FAX"], "4")],
        Addresses=[{"City": "Nelson"}, {"AddressType": "HOME", "City": "Nelson"}],
    )
    assert [slot["PhoneNumber"] for slot in made["Phones"] if "PhoneNumber" in slot] == ["3"]
    assert "Nelson" not in str(api.read(made))


def test_contact_persons_are_replaced_whole_and_an_empty_list_clears_nothing(api):
    made = api.create(EmailAddress="a@b.example", ContactPersons=[{"FirstName": "Ann"}, {"FirstName": "Bea"}])
    api.change(made, ContactPersons=[])
    assert len(api.read(made)["ContactPersons"]) == 2
    api.change(made, ContactPersons=[{"FirstName": "Cy"}])
    assert [person["FirstName"] for person in api.read(made)["ContactPersons"]] == ["Cy"]
    api.change(made, ContactPersons=[{"FirstName": "", "LastName": "", "EmailAddress": ""}])
    assert api.read(made)["ContactPersons"] == []


def test_people_are_added_only_beside_a_primary_person_with_an_address(api):
    api.twin.settings({"minds_screens": True})
    alone = "Additional people cannot be added when the primary person has no email address set."
    assert messages(api.put("/Contacts", {"Name": "A", "ContactPersons": [{"FirstName": "Ann"}]})) == [alone]
    made = api.create("A", EmailAddress="a@b.example", ContactPersons=[{"FirstName": "Ann"}])
    assert messages(api.change(made, EmailAddress="")) == [alone]
    assert api.change(made, EmailAddress="", ContactPersons=[{}]).status_code == 200
    assert messages(api.change(made, ContactPersons=[{"FirstName": "Ann"}])) == [alone]


def test_people_that_the_screens_let_be_alone_bar_no_other_change(api):
    api.twin.settings({"minds_screens": True})
    made = api.edit(do="create", fields={"Name": "A", "ContactPersons": [{"FirstName": "Ann"}]})
    assert api.change({"ContactID": made["id"]}, AccountNumber="7").status_code == 200


def test_there_are_at_most_five_people(api):
    people = [{"LastName": "B"}] * 6
    answer = api.put("/Contacts", {"Name": "A", "EmailAddress": "a@b.example", "ContactPersons": people})
    assert messages(answer) == ["You can only have a maximum of 5 contact persons."]


def test_read_only_members_are_taken_and_ignored(api):
    made = api.create(IsCustomer=True, IsSupplier=True, Website="https://x.example", Balances={"a": 1}, Discount=5)
    shown = api.read(made)
    assert shown["IsCustomer"] is shown["IsSupplier"] is False
    assert not {"Website", "Balances", "Discount"} & set(shown)


def test_an_archived_contact_refuses_every_edit_even_its_own_restoring(api):
    made = api.create()
    assert api.change(made, ContactStatus="ARCHIVED").status_code == 200
    for fields in ({"EmailAddress": "a@b.example"}, {"ContactStatus": "ACTIVE"}):
        answer = api.change(made, **fields)
        assert answer.status_code == 400
        assert messages(answer) == [
            (
                "The specified contact details matched an archived contact. "
                "Archived contacts cannot currently be edited via the API."
            )
        ]
        assert answer.json["Elements"][0]["ContactID"] == made["ContactID"]


def test_a_rename_into_a_taken_name_is_refused_and_into_its_own_is_not(api):
    api.create("Taken")
    made = api.create("Mine")
    assert messages(api.change(made, Name="taken")) == [
        (
            'The existing contact with name "Mine" cannot be updated to use new name "taken". '
            "There is an existing contact with that name."
        )
    ]
    assert api.change(made, Name="MINE").status_code == 200


def test_a_name_can_be_taken_once_its_holder_was_renamed(api):
    first, second = api.create("A"), api.create("B")
    assert api.change(first, Name="C").status_code == 200
    assert api.change(second, Name="A").status_code == 200
    assert api.put("/Contacts", {"Contacts": [{"Name": "B"}]}).status_code == 200


def test_a_taken_account_number_is_refused(api):
    api.create("One", AccountNumber="7")
    answer = api.put("/Contacts", {"Contacts": [{"Name": "Two", "AccountNumber": "7"}]})
    assert messages(answer) == ["The Account Number already exists. Please enter a different Account Number."]


@pytest.mark.parametrize(
    "fields",
    [
        {"Name": "a <b>"},
        {"Name": "x" * 256},
        {"Name": " "},
        {"EmailAddress": "nobody"},
        {"EmailAddress": "büro@rimu.example"},
        {"ContactNumber": "x" * 51},
        {"AccountNumber": "x" * 51},
        {"TaxNumber": "x" * 51},
        {"TaxNumberType": "VAT"},
        {"DefaultCurrency": "dollars"},
        {"DefaultCurrency": "XYZ"},
        {"ContactStatus": "GDPRREQUEST"},
        {"Phones": [phone("DEFAULT", "1" * 51)]},
        {"Phones": [{"PhoneType": "DEFAULT", "PhoneAreaCode": "1" * 11}]},
        {"Addresses": [{"AddressType": "POBOX", "AddressLine1": "x" * 501}]},
        {"Addresses": [{"AddressType": "POBOX", "PostalCode": "x" * 51}]},
        {"Addresses": [{"AddressType": "POBOX", "Country": "Area 51"}]},
        {"ContactPersons": [{"FirstName": "A"}] * 6},
        {"ContactPersons": [{"EmailAddress": "nobody"}]},
        {"SalesDefaultLineAmountType": "GROSS"},
        {"PaymentTerms": {"Sales": {"Day": 99, "Type": "NEXTYEAR"}}},
        {"PaymentTerms": {"Sales": {"Day": 10}}},
        {"PaymentTerms": {"Sales": {"Type": "OFCURRENTMONTH"}}},
        {"PaymentTerms": {"Bills": {"Day": 0, "Type": "OFFOLLOWINGMONTH"}}},
        {"PaymentTerms": {"Bills": {"Day": -1, "Type": "DAYSAFTERBILLDATE"}}},
    ],
)
def test_values_that_do_not_fit_are_refused_with_a_reason_and_change_nothing(api, fields):
    made = api.create("Rimu Joinery")
    before = api.read(made)
    answer = api.change(made, **fields)
    assert answer.status_code == 400
    assert answer.json["Type"] == "ValidationException"
    assert messages(answer)
    assert api.read(made) == before


def test_payment_terms_keep_the_side_that_was_not_sent(api):
    made = api.create(PaymentTerms={"Bills": {"Day": 15, "Type": "OFCURRENTMONTH"}})
    api.change(made, PaymentTerms={"Sales": {"Day": "0", "Type": "DAYSAFTERBILLDATE"}})
    assert api.read(made)["PaymentTerms"] == {
        "Bills": {"Day": 15, "Type": "OFCURRENTMONTH"},
        "Sales": {"Day": 0, "Type": "DAYSAFTERBILLDATE"},
    }


def test_bank_details_for_batch_payments_are_kept_and_shown_with_a_paged_contact(api):
    made = api.create(BatchPayments={"BankAccountNumber": "12-34", "Details": "Rent"})
    api.change(made, BatchPayments={"Details": "Rates"})
    assert api.listed()[0]["BatchPayments"] == {"BankAccountNumber": "12-34", "Details": "Rates"}
    assert "BatchPayments" not in api.listed("")[0]


def test_a_create_without_a_name_is_refused(api):
    answer = api.put("/Contacts", {"Contacts": [{"EmailAddress": "a@b.example"}]})
    assert messages(answer) == ["Contact Name cannot be empty."]


def test_blanks_in_a_name_are_tidied_without_a_word(api):
    assert api.create("  Rimu   Joinery ")["Name"] == "Rimu Joinery"


@pytest.mark.parametrize(
    ("body", "kind"),
    [
        (b"{not json", "PostDataInvalidException"),
        (b"\xff\xfe", "PostDataInvalidException"),
        (b"[" * 100_000, "PostDataInvalidException"),
        (b"[1]", "PostDataInvalidException"),
        (b'{"Contacts": [{"Name": {}}]}', "PostDataInvalidException"),
        (b'{"Contacts": [{"Name": "A", "Phones": ["DEFAULT"]}]}', "PostDataInvalidException"),
        (b'{"Contacts": [{"ContactID": "7"}]}', "PostDataInvalidException"),
        (b'{"Contacts": [{"Name": 1e400}]}', "PostDataInvalidException"),
        (b'{"Name": "A", "PaymentTerms": {"Sales": {"Day": 1, "Type": []}}}', "PostDataInvalidException"),
        (b'{"Contacts": [{"Name": "\\ud800"}]}', "PostDataInvalidException"),
        (b'{"Contacts": [{"Name": "A", "PaymentTerms": {"Sales": NaN}}]}', "PostDataInvalidException"),
        (b'{"Contacts": [{"Name": "A", "PaymentTerms": 5}]}', "PostDataInvalidException"),
        (b'{"Contacts": [{"Name": "A", "PaymentTerms": {"Sales": {"Day": "soon"}}}]}', "PostDataInvalidException"),
        (b'{"Contacts": []}', "NoDataProcessedException"),
        (b"{}", "NoDataProcessedException"),
    ],
)
def test_a_body_that_says_no_contact_is_a_400_and_never_a_500(api, body, kind):
    for send in (api.client.put, api.client.post):
        answer = send("/api.xro/2.0/Contacts", data=body, headers=api.headers(Content_Type="application/json"))
        assert answer.status_code == 400
        assert answer.json["Type"] == kind


def sent_as(api, kind, body):
    return api.client.put("/api.xro/2.0/Contacts", data=body, headers=api.headers(Content_Type=kind))


@pytest.mark.parametrize("kind", ["application/xml", "text/xml; charset=utf-8"])
def test_a_body_may_be_xml_and_is_answered_in_json_unless_the_caller_asks_otherwise(api, kind):
    body = """<Contacts xmlns="urn:x"><Contact><Name>Rimu &amp; Sons</Name><TaxNumber/>
      <EmailAddress>a@b.example</EmailAddress>
      <Phones><Phone><PhoneType>DEFAULT</PhoneType><PhoneNumber>1</PhoneNumber></Phone></Phones>
      <ContactPersons><ContactPerson><FirstName>Ari</FirstName><IncludeInEmails>true</IncludeInEmails></ContactPerson>
      </ContactPersons><PaymentTerms><Sales><Day>5</Day><Type>OFCURRENTMONTH</Type></Sales></PaymentTerms>
    </Contact></Contacts>"""
    (made,) = sent_as(api, kind, body).json["Contacts"]
    assert (made["Name"], made["TaxNumber"], made["Phones"][0]["PhoneNumber"]) == ("Rimu & Sons", "", "1")
    assert made["ContactPersons"] == [{"FirstName": "Ari", "IncludeInEmails": True}]
    assert made["PaymentTerms"] == {"Sales": {"Day": 5, "Type": "OFCURRENTMONTH"}}
    assert sent_as(api, kind, "<Contact><Name>Alone</Name></Contact>").json["Contacts"][0]["Name"] == "Alone"


def test_empty_elements_of_xml_are_empty_objects(api):
    made = api.create(EmailAddress="a@b.example", ContactPersons=[{"FirstName": "Ann"}])
    body = f"""<Contacts><Contact><ContactID>{made["ContactID"]}</ContactID><ContactPersons><ContactPerson/>
      </ContactPersons><PaymentTerms/><Phones><Phone/></Phones></Contact><Contact/>
      <Contact><Name>Late</Name><PaymentTerms><Sales/></PaymentTerms></Contact></Contacts>"""
    headers = api.headers(Content_Type="application/xml")
    answer = api.client.post("/api.xro/2.0/Contacts", data=body, headers=headers)
    assert messages(answer) == [
        "Contact Name cannot be empty.",
        "Both Day and Type must be supplied when adding or updating payment terms",
    ]
    assert api.read(made)["ContactPersons"] == []


def test_true_may_be_spelt_with_a_capital_in_xml(api):
    person = "<ContactPerson><FirstName>Ari</FirstName><IncludeInEmails>True</IncludeInEmails></ContactPerson>"
    known = "<Name>Rimu</Name><EmailAddress>a@b.example</EmailAddress>"
    body = f"<Contact>{known}<ContactPersons>{person}</ContactPersons></Contact>"
    (made,) = sent_as(api, "application/xml", body).json["Contacts"]
    assert made["ContactPersons"][0]["IncludeInEmails"] is True


@pytest.mark.parametrize(
    "body",
    [
        "<Contacts>",
        "",
        "<Contacts/>",
        "<Contacts><Contact>words</Contact></Contacts>",
        "<!DOCTYPE a [<!ENTITY b 'c'>]><Contact><Name>&b;</Name></Contact>",
        "<Contact>" + "<a>" * 5000 + "</a>" * 5000 + "</Contact>",
        b"\xff<Contact/>",
        "<Contact><Name>a</Name></Contact>".encode("utf-16"),
        "<?xml version='1.0' encoding='klingon'?><Contact/>",
    ],
)
def test_xml_that_says_no_contact_is_a_400_and_never_a_500(api, body):
    assert sent_as(api, "application/xml", body).status_code == 400


def test_a_body_of_another_kind_is_not_taken(api):
    assert sent_as(api, "image/png", b"x").status_code == 415


def test_one_bad_element_by_default_hides_the_good_ones_that_were_saved(api):
    answer = api.put("/Contacts", {"Contacts": [{"Name": "Good"}, {"Name": ""}, {"Name": "Better"}]})
    assert answer.status_code == 400
    assert len(answer.json["Elements"]) == 1
    assert sorted(api.names()) == ["Better", "Good"]


def test_without_summarising_every_element_answers_in_order(api):
    answer = api.put("/Contacts?summarizeErrors=False", {"Contacts": [{"Name": "A"}, {"Name": ""}, {"Name": "a"}]})
    assert answer.status_code == 200
    elements = answer.json["Contacts"]
    assert [one["StatusAttributeString"] for one in elements] == ["OK", "ERROR", "ERROR"]
    assert [one["HasValidationErrors"] for one in elements] == [False, True, True]
    assert elements[1]["ContactID"] == ZERO


def test_status_appears_only_without_summarising(api):
    assert "StatusAttributeString" not in api.create()


def test_a_refused_change_keeps_its_id_and_echoes_what_was_sent(api):
    made = api.create("Real name")
    answer = api.post(
        "/Contacts?summarizeErrors=false",
        {"Contacts": [{"ContactID": made["ContactID"], "Name": "Wanted", "EmailAddress": "bad"}]},
    )
    element = answer.json["Contacts"][0]
    assert (element["ContactID"], element["Name"]) == (made["ContactID"], "Wanted")
    assert api.read(made)["Name"] == "Real name"


def test_a_refused_change_shows_the_contact_as_it_would_have_become(api):
    made = api.create(AccountNumber="7", Phones=[phone("FAX", "2")])
    (element,) = api.change(made, EmailAddress="bad").json["Elements"]
    assert (element["EmailAddress"], element["AccountNumber"]) == ("bad", "7")
    assert element["UpdatedDateUTC"] == made["UpdatedDateUTC"]
    assert {"PhoneType": "FAX", "PhoneNumber": "2"}.items() <= element["Phones"][2].items()
    assert all(slot["ValidationErrors"] == [] for slot in (*element["Phones"], *element["Addresses"]))


def test_slots_of_a_refused_create_have_errors_of_their_own(api):
    answer = api.put("/Contacts", {"Name": "", "Addresses": [{"AddressType": "POBOX", "City": "Nelson"}]})
    assert answer.json["Elements"][0]["Addresses"] == [
        {"AddressType": "POBOX", "City": "Nelson", "ValidationErrors": []}
    ]


@pytest.mark.parametrize("website", ["www.rimu.example", "rimu", "https://", "https://a b"])
def test_a_website_that_only_the_screens_take_bars_every_change_by_the_api(api, website):
    api.twin.settings({"minds_screens": True})
    made = api.create("Rimu Joinery")
    api.edit(do="update", id=made["ContactID"], fields={"Website": website})
    for fields in ({"AccountNumber": "7"}, {"ContactStatus": "ARCHIVED"}, {"Website": "https://rimu.example"}):
        answer = api.change(made, **fields)
        assert messages(answer) == ["Website must be valid."]
        assert answer.json["Elements"][0]["Website"] == website
    assert "AccountNumber" not in api.read(made)


def test_by_default_the_api_does_not_mind_what_the_screens_took(api):
    made = api.create("Rimu Joinery", ContactPersons=[{"FirstName": "Ann"}])
    api.edit(do="update", id=made["ContactID"], fields={"Website": "www.rimu.example"})
    assert api.change(made, AccountNumber="7").status_code == 200


@pytest.mark.parametrize("website", ["http://rimu.example", "HTTPS://www.rimu.example/about?a=b", ""])
def test_a_website_with_its_scheme_bars_nothing(api, website):
    api.twin.settings({"minds_screens": True})
    made = api.create("Rimu Joinery")
    api.edit(do="update", id=made["ContactID"], fields={"Website": website})
    assert api.change(made, AccountNumber="7").status_code == 200


def test_an_id_that_is_no_guid_is_refused_in_the_vendors_words(api):
    answer = api.post("/Contacts", {"ContactID": "7", "Name": "A"})
    assert (answer.json["ErrorNumber"], answer.json["Message"]) == (14, "Unrecognized Guid format.")


def test_at_its_own_address_too_an_element_can_answer_for_itself(api):
    made = api.create()
    answer = api.post(f"/Contacts/{made['ContactID']}?SummarizeErrors=False", {"EmailAddress": "nobody"})
    assert answer.status_code == 200
    assert [one["StatusAttributeString"] for one in answer.json["Contacts"]] == ["ERROR"]


def test_one_contact_is_changed_at_its_own_address_by_id_or_number(api):
    made = api.create("Rimu Joinery", ContactNumber="A1")
    assert api.post(f"/Contacts/{made['ContactID']}", {"EmailAddress": "a@b.example"}).status_code == 200
    assert api.post("/Contacts/A1", {"Contacts": [{"AccountNumber": "9"}]}).status_code == 200
    shown = api.read(made)
    assert (shown["EmailAddress"], shown["AccountNumber"]) == ("a@b.example", "9")


def test_every_write_moves_the_stamp_even_one_that_changes_nothing(api):
    made = api.create("Rimu Joinery")
    api.tick()
    assert api.change(made, Name="Rimu Joinery").json["Contacts"][0]["UpdatedDateUTC"] != made["UpdatedDateUTC"]


def test_a_setting_names_fields_whose_change_does_not_move_the_stamp(api):
    made = api.create()
    api.twin.settings({"stamps_do_not_move": ["AccountNumber"]})
    api.tick()
    api.change(made, AccountNumber="5")
    assert api.read(made)["UpdatedDateUTC"] == made["UpdatedDateUTC"]
    api.change(made, AccountNumber="6", Name="Other")
    assert api.read(made)["UpdatedDateUTC"] != made["UpdatedDateUTC"]


def test_changes_by_the_api_stand_in_the_history_as_system_generated(api):
    made = api.create("Rimu Joinery")
    api.change(made, EmailAddress="a@b.example")
    rows = api.get(f"/Contacts/{made['ContactID']}/History").json["HistoryRecords"]
    assert [row["Changes"] for row in rows] == ["Updated", "Created"]
    assert {row["User"] for row in rows} == {"System Generated"}
    assert {row["Details"] for row in rows} == {"Received through the Xero API from Concord (simulated app)"}


def test_a_note_may_be_posted_as_well_as_put(api):
    path = f"/Contacts/{api.create()['ContactID']}/History"
    answer = api.post(path, {"HistoryRecords": [{"Details": "One"}, {"Details": "Two"}]})
    assert [row["Details"] for row in answer.json["HistoryRecords"]] == ["One", "Two"]
    assert [row["Details"] for row in api.get(path).json["HistoryRecords"]][:2] == ["Two", "One"]


def test_a_note_goes_into_the_history_and_moves_no_stamp(api):
    made = api.create()
    api.tick()
    path = f"/Contacts/{made['ContactID']}/History"
    answer = api.put(path, {"HistoryRecords": [{"Details": "Spoke to Ann"}]})
    assert set(answer.json["HistoryRecords"][0]) == {"DateUTCString", "DateUTC", "Details", "ValidationErrors"}
    assert answer.json["HistoryRecords"][0]["DateUTC"] == "/Date(1777897875250)/"
    assert api.get(path).json["HistoryRecords"][0]["Details"] == "Spoke to Ann"
    assert api.get(path).json["HistoryRecords"][0]["DateUTC"] == "/Date(1777897875250+0000)/"
    assert api.read(made)["UpdatedDateUTC"] == made["UpdatedDateUTC"]
    (element,) = api.put(path, {"HistoryRecords": [{"Details": "Good"}, {"Details": ""}]}).json["Elements"]
    assert element["Details"] == ""
    for refused in ("x" * 2501, "", " \n", None, {"a": 1}, True, ["a"]):
        assert api.put(path, {"HistoryRecords": [{"Details": refused}]}).status_code == 400
