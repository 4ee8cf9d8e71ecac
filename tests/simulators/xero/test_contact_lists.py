"""GET of contacts: pages, orders, filters, and what each form leaves out."""

from __future__ import annotations

from urllib.parse import quote

import pytest

from reconciler.simulators.xero import create_app, listing


def where(text):
    return f"page=1&where={quote(text)}"


@pytest.fixture
def three(api):
    api.create("Ōtara Motors", AccountNumber="M1", ContactNumber="001A", EmailAddress="Info@otara.example")
    api.tick()
    api.create("Bay Wines", AccountNumber="W1", FirstName="Tama")
    api.tick()
    api.create("Creek & Co", EmailAddress="office@creek.example")
    return api


def test_paths_are_matched_in_any_letter_case(api):
    assert api.get("/contacts?page=1").status_code == 200
    assert api.client.get("/API.XRO/2.0/CONTACTS", headers=api.headers()).status_code == 200


def test_an_unknown_contact_is_a_404_in_html(api):
    answer = api.get("/Contacts/11111111-1111-4111-8111-111111111111")
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/html")
    assert answer.text == "The resource you're looking for cannot be found"


def test_pagination_appears_only_when_a_page_is_asked_for(three):
    assert "pagination" not in three.get("/Contacts").json
    assert three.get("/Contacts?page=2&pageSize=2").json["pagination"] == {
        "page": 2,
        "pageSize": 2,
        "pageCount": 2,
        "itemCount": 3,
    }


@pytest.mark.parametrize(("query", "size"), [("page=1", 100), ("page=1&pageSize=5000", 1000), ("page=0&pageSize=0", 1)])
def test_page_sizes_out_of_range_are_clamped_silently(three, query, size):
    pagination = three.get(f"/Contacts?{query}").json["pagination"]
    assert (pagination["page"], pagination["pageSize"]) == (1, size)


@pytest.mark.parametrize("number", ["9" * 1900, "-1", "1e400", "²"])
def test_no_number_of_a_page_breaks_a_list_down(three, number):
    assert three.get(f"/Contacts?page={number}").status_code == 200
    assert three.get(f"/Contacts?page=1&pageSize={number}").status_code == 200


def test_lists_run_by_stamp_unless_told_otherwise(three):
    assert three.names() == ["Ōtara Motors", "Bay Wines", "Creek & Co"]
    assert three.names("page=1&order=Name") == ["Bay Wines", "Creek & Co", "Ōtara Motors"]
    assert three.names("page=1&order=Name%20DESC") == ["Ōtara Motors", "Creek & Co", "Bay Wines"]
    ids = [contact["ContactID"] for contact in three.listed("page=1&order=ContactID")]
    assert ids == sorted(ids)


def test_pages_by_id_hold_every_contact_once(api):
    for number in range(25):
        api.create(f"Customer {number}")
    pages = [api.listed(f"page={number}&pageSize=10&order=ContactID") for number in (1, 2, 3, 4)]
    assert [len(page) for page in pages] == [10, 10, 5, 0]
    assert len({contact["ContactID"] for page in pages for contact in page}) == 25


def test_an_unpaged_list_returns_fewer_members(api):
    made = api.create(EmailAddress="a@b.example", ContactPersons=[{"FirstName": "Ann"}])
    api.edit(
        do="update",
        id=made["ContactID"],
        fields={"Website": "https://rimu.example", "Balances": {"AccountsPayable": {"Outstanding": 1}}},
    )
    (paged,), (bare,) = api.listed("page=1"), api.listed("")
    assert {"Website", "Balances"} <= set(paged)
    assert paged["ContactPersons"]
    assert not {"Website", "Balances"} & set(bare)
    assert bare["ContactPersons"] == []


def test_a_summary_drops_addresses_and_forces_a_page(three):
    answer = three.get("/Contacts?summaryOnly=true").json
    assert "pagination" in answer
    shown = set(answer["Contacts"][0])
    assert not {"Addresses", "IsCustomer", "IsSupplier", "ContactGroups", "ContactPersons", "Balances"} & shown
    assert {"ContactID", "Name", "Phones", "UpdatedDateUTC", "ContactStatus"} <= shown


def test_archived_contacts_are_hidden_unless_asked_for(three):
    made = three.listed(where('Name=="bay wines"'))[0]
    three.change(made, ContactStatus="ARCHIVED")
    assert "Bay Wines" not in three.names()
    assert "Bay Wines" in three.names("page=1&includeArchived=true")
    assert three.read(made)["ContactStatus"] == "ARCHIVED"


@pytest.mark.parametrize(
    "header",
    [
        "2026-05-04T12:31:15",
        "2026-05-04T12:31:15Z",
        "2026-05-04T12:31:15.999999+00:00",
        "2026-05-05T00:31:15+12:00",
        "Mon, 04 May 2026 12:31:15 GMT",
    ],
)
def test_modified_since_is_accurate_to_the_second_and_includes_it(three, header):
    assert three.names(If_Modified_Since=header) == ["Bay Wines", "Creek & Co"]


def test_modified_since_orders_by_id_too(three):
    ids = [one["ContactID"] for one in three.listed("page=1&order=ContactID", If_Modified_Since="2026-05-04T12:31:00")]
    assert len(ids) == 2
    assert ids == sorted(ids)


def test_nothing_newer_is_an_empty_list_and_not_a_304(three):
    answer = three.get("/Contacts?page=1", If_Modified_Since="2027-01-01T00:00:00")
    assert answer.status_code == 200
    assert answer.json["Contacts"] == []
    assert answer.json["pagination"]["itemCount"] == 0


@pytest.mark.parametrize(
    "header",
    [
        "yesterday",
        "",
        "0001-01-01T00:00:00+14:00",
        "0 Jan 99999999999999999999 00:00:00",
        "Thu, 1 Jan 1970 99:99:99 +99999999999999",
        "9" * 5000,
    ],
)
def test_an_unreadable_modified_since_returns_everything(three, header):
    assert len(three.names(If_Modified_Since=header)) == 3


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ('Name=="otara motors"', ["Ōtara Motors"]),
        ('Name="BAY WINES"', ["Bay Wines"]),
        ('EmailAddress=="INFO@OTARA.example"', ["Ōtara Motors"]),
        ('AccountNumber=="w1"', ["Bay Wines"]),
        ('ContactNumber=="001A"', ["Ōtara Motors"]),
        ("AccountNumber==null", ["Creek & Co"]),
        ('EmailAddress!=null AND EmailAddress.EndsWith("creek.example")', ["Creek & Co"]),
        ('Name.ToLower().Contains("wine") || Name.StartsWith("Creek")', ["Bay Wines", "Creek & Co"]),
        ('Name.Contains("wine") || Name.StartsWith("creek") || EmailAddress.EndsWith("EXAMPLE")', []),
        ('Name.ToUpper().Contains("WINE") && !Name.ToUpper().Contains("wine")', ["Bay Wines"]),
        ('Name.ToLower().StartsWith("ō") && !Name.ToLower().StartsWith("o")', ["Ōtara Motors"]),
        ('EmailAddress.ToLower().EndsWith("otara.example")', ["Ōtara Motors"]),
        ('(Name=="Bay Wines" OR Name=="Creek & Co") && AccountNumber!=null', ["Bay Wines"]),
        ("UpdatedDateUTC>=DateTime(2026,5,4,12,32,0)", ["Creek & Co"]),
        ("UpdatedDateUTC>=DateTime(2026,5,4,12,32,15,250) AND UpdatedDateUTC>DateTime(2026,5,4)", ["Creek & Co"]),
        ('UpdatedDateUTC<DateTime.Parse("2026-05-04T12:31:00")', ["Ōtara Motors"]),
        ('IsCustomer==false && !(Name=="Bay Wines")', ["Ōtara Motors", "Creek & Co"]),
        ('ContactStatus=="ACTIVE" AND FirstName=="Tama"', ["Bay Wines"]),
        ('Name=="a ""quoted"" name"', []),
        ('name.tolower()=="bay wines"', ["Bay Wines"]),
        ('Name.toupper()=="bay wines"', ["Bay Wines"]),
        ('Name.contains("Wine")==true', ["Bay Wines"]),
        ("!IsCustomer && HasAttachments==false", ["Ōtara Motors", "Bay Wines", "Creek & Co"]),
        ("IsSupplier", []),
    ],
)
def test_filters_of_the_vendors_language_are_understood(three, text, found):
    assert three.names(where(text)) == found


def test_numbers_are_found_without_regard_to_their_accents(api):
    plain, accented = api.create("Plain", ContactNumber="COTE-7"), api.create("Accented", ContactNumber="Côte-7")
    for text in ('ContactNumber=="Côte-7"', 'ContactNumber=="cote-7"'):
        assert sorted(api.names(where(text))) == ["Accented", "Plain"]
    api.change(plain, ContactNumber="8")
    assert api.names(where('ContactNumber=="cote-7"')) == ["Accented"]
    api.change(accented, ContactNumber="9")
    assert api.names(where('ContactNumber=="Côte-7"')) == []


def test_a_filter_by_guid_finds_its_contact(three):
    made = three.listed()[1]
    assert three.names(where(f'ContactID==Guid("{made["ContactID"]}")')) == [made["Name"]]


@pytest.mark.parametrize(
    "text",
    [
        'Name=="a \\"b\\""',
        'Name=="a"b"',
        "Name==",
        "Nonsense==1",
        'Name.Sounds("a")',
        "Name",
        "UpdatedDateUTC>5",
        "&&",
        "(" * 600,
        "UpdatedDateUTC>DateTime(1)",
        "Name==5",
        'IsCustomer=="true"',
        "IsCustomer>false",
        'UpdatedDateUTC=="2026-05-04"',
        'ContactID=="5f4f7f3d-4c1b-4f6e-9d0a-2f6f6f1f0c11"',
        'ContactID==Guid("no guid")',
        'ContactID==Guid("5f4f7f3d-4c1b-4f6e-9d0a-2f6f6f1f0c11","x")',
        "ContactID==Guid(5)",
        'UpdatedDateUTC>DateTime("2026-05-04")',
        "UpdatedDateUTC>DateTime(true,1,1)",
        "UpdatedDateUTC>DateTime(2026.9,11,30)",
        "UpdatedDateUTC>DateTime(2026,1,1,1,1,1,1,1,1,1)",
        "UpdatedDateUTC>DateTime(2026,1,1,1)",
        "UpdatedDateUTC>DateTime.Parse(2026,1,1)",
        'UpdatedDateUTC>DateTime.Parse("soon")',
        f"UpdatedDateUTC>DateTime({'9' * 400},1,1)",
        f"UpdatedDateUTC>DateTime(2026,1,1,0,0,0,{'9' * 30})",
        'IsCustomer.Contains("t")',
    ],
)
def test_filters_outside_the_language_are_refused(three, text):
    answer = three.get(f"/Contacts?{where(text)}")
    assert answer.status_code == 400
    assert answer.json["Type"] == "QueryParseException"


def test_a_list_is_ordered_by_several_fields(api):
    for name, last in (("A", "Rua"), ("B", "Tahi"), ("C", "Tahi"), ("D", "")):
        api.create(name, **({"LastName": last} if last else {}))
    assert api.names("page=1&order=LastName DESC, Name DESC") == ["C", "B", "A", "D"]
    assert api.names("page=1&order=lastname,name desc") == ["D", "A", "C", "B"]
    assert api.names("page=1&order=ContactStatus ASC, Name DESC") == ["D", "C", "B", "A"]


@pytest.mark.parametrize("order", ["Nonsense", "Name SIDEWAYS", "Name,", "Name DESC DESC"])
def test_an_order_outside_the_language_is_refused(three, order):
    answer = three.get(f"/Contacts?page=1&order={order}")
    assert (answer.status_code, answer.json["Type"]) == (400, "QueryParseException")


def test_names_in_the_query_are_found_in_any_letter_case(three):
    assert three.names("PAGE=1&pagesize=1&ORDER=Name&IncludeArchived=TRUE") == ["Bay Wines"]


def test_a_guid_is_the_same_with_and_without_dashes(three):
    made = three.listed()[1]
    plain = made["ContactID"].replace("-", "").upper()
    assert three.names(f"page=1&IDs={plain}") == [made["Name"]]
    assert three.get(f"/Contacts/{plain}").json["Contacts"][0]["ContactID"] == made["ContactID"]
    assert three.names(where(f'ContactID==Guid("{plain}")')) == [made["Name"]]
    assert three.post("/Contacts", {"ContactID": plain, "FirstName": "Tui"}).json["Contacts"][0]["Name"] == made["Name"]


def test_beyond_a_hundred_thousand_documents_slow_lists_are_refused(three, monkeypatch):
    monkeypatch.setattr(listing, "MANY_DOCUMENTS", 2)
    slow = ('Name.Contains("a")', 'Name.ToLower()=="a"', 'Name=="a" OR Name=="b"')
    for query in ("order=AccountNumber&page=1", *map(where, slow), ""):
        answer = three.get(f"/Contacts?{query}")
        assert (answer.status_code, answer.json["ErrorNumber"]) == (400, 51), query
    for query in ("page=1&order=Name", where('Name=="a"'), "page=1"):
        assert three.get(f"/Contacts?{query}").status_code == 200, query


def test_a_search_term_looks_into_names_numbers_and_addresses(three):
    assert three.names("page=1&searchTerm=TAMA") == ["Bay Wines"]
    assert three.names("page=1&searchTerm=creek.example") == ["Creek & Co"]
    assert three.names("page=1&searchTerm=001a") == ["Ōtara Motors"]


def test_ids_narrow_a_list_and_more_than_fifty_two_are_not_found(three):
    ids = [contact["ContactID"] for contact in three.listed()]
    assert len(three.listed(f"page=1&IDs={ids[0]},{ids[2]}")) == 2
    assert three.get(f"/Contacts?page=1&IDs={','.join(ids[:1] * 52)}").status_code == 200
    answer = three.get(f"/Contacts?page=1&IDs={','.join(ids[:1] * 53)}")
    assert answer.status_code == 404
    assert answer.content_type.startswith("text/html")


@pytest.mark.parametrize("query", ["searchTerm=", "page=1&where=", "x="])
def test_an_address_that_is_too_long_is_not_found_whatever_it_asks(three, query):
    names = "".join(f'Name=="{number}"||' for number in range(1000))
    asked = query + (quote(names) if "where" in query else "a" * 2048)
    assert three.get(f"/Contacts?{asked[:2048]}").status_code != 404
    answer = three.get(f"/Contacts?{asked[:2049]}")
    assert (answer.status_code, answer.text) == (404, "The resource you're looking for cannot be found")


@pytest.mark.parametrize("ids", ["abc", "", ",", "5f4f7f3d-4c1b-4f6e-9d0a-2f6f6f1f0c11,abc"])
def test_ids_that_are_no_guids_are_refused_in_words_that_are_not_json(three, ids):
    answer = three.get(f"/Contacts?page=1&IDs={ids}")
    assert (answer.status_code, answer.mimetype) == (400, "text/html")
    assert answer.text == "Supplied parameter 'Ids' cannot be parsed - must be of type UUID."


def test_a_contact_is_read_by_its_number(three):
    assert three.get("/Contacts/001A").json["Contacts"][0]["Name"] == "Ōtara Motors"


def test_an_organisation_with_too_many_documents_refuses_slow_filters(three):
    three.twin.settings({"high_volume": True})
    assert three.get(f"/Contacts?{where('Name==' + chr(34) + 'x' + chr(34))}").status_code == 200
    for query in (where('FirstName=="Tama"'), where('Name=="a" OR Name=="b"'), "page=1&order=TaxNumber"):
        answer = three.get(f"/Contacts?{query}")
        assert (answer.status_code, answer.json["Type"]) == (400, "HighVolumeException")
        assert answer.json["Message"].startswith(
            "Your request is not filtering Contacts efficiently, given the extreme"
        )


def test_a_synced_scenario_is_served_as_it_was_invented():
    app, twin = create_app("synced", 12, 3)
    client = app.test_client()
    form = {"grant_type": "client_credentials", "client_id": "concord", "client_secret": "concord"}
    token = client.post("/connect/token", data=form).get_json()["access_token"]
    headers = {"Authorization": f"Bearer {token}", "xero-tenant-id": twin.tenant_id}
    listed = client.get("/api.xro/2.0/Contacts?page=1", headers=headers).get_json()["Contacts"]
    assert len(listed) == 12
    assert all(contact["ContactNumber"].startswith("001") and contact["IsCustomer"] for contact in listed)
    assert listed == sorted(listed, key=lambda contact: int(contact["UpdatedDateUTC"][6:-7]))
