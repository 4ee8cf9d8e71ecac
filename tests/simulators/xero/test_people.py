"""What a person does in the screens: edits, archives, merges, groups, and the window itself."""

from __future__ import annotations

import re

import pytest

from reconciler.simulators.kit import Refused
from reconciler.simulators.scenario import demo_edits
from reconciler.simulators.xero import create_app


def test_an_edit_by_a_person_costs_no_call_and_names_the_person(api):
    made = api.create("Rimu Joinery")
    api.tick()
    before = api.client.get("/_sim/calls").json["total"]
    fields = {"Name": "Rimu Joinery (2026)", "Phones": [{"PhoneType": "DEFAULT", "PhoneNumber": "1"}]}
    body = {"as": "Meera Sundarajan", "do": "update", "type": "Contact", "id": made["ContactID"], "fields": fields}
    done = api.client.post("/_sim/edit", json=body).json
    assert api.client.get("/_sim/calls").json["total"] == before
    shown = api.read(made)
    assert done == {"id": made["ContactID"], "version": shown["UpdatedDateUTC"]}
    assert done["version"] != made["UpdatedDateUTC"]
    row = api.get(f"/Contacts/{made['ContactID']}/History").json["HistoryRecords"][0]
    assert row["User"] == "Meera Sundarajan"
    assert "Rimu Joinery (2026)" in row["Details"]


def test_a_person_creates_archives_and_restores(api):
    done = api.edit(do="create", fields={"Name": "By hand", "IsCustomer": True})
    assert api.names() == ["By hand"]
    api.edit(do="archive", id=done["id"])
    assert api.names() == []
    api.edit(do="restore", id=done["id"])
    assert api.names() == ["By hand"]


def test_a_contact_cannot_be_restored_while_its_name_is_taken(api):
    done = api.edit(do="create", fields={"Name": "A"})
    api.edit(do="archive", id=done["id"])
    api.create("A")
    with pytest.raises(Refused, match="already assigned"):
        api.edit(do="restore", id=done["id"])


def test_a_merge_archives_the_loser_which_names_the_survivor(api):
    winner, loser = api.create("Winner"), api.create("Loser")
    api.edit(do="merge", id=winner["ContactID"], loser=loser["ContactID"])
    gone = api.read(loser)
    assert (gone["ContactStatus"], gone["MergedToContactID"]) == ("ARCHIVED", winner["ContactID"])
    assert api.names() == ["Winner"]
    assert api.put("/Contacts", {"Contacts": [{"Name": "Loser"}]}).status_code == 200


@pytest.mark.parametrize(
    "fields", [{"IsCustomer": True}, {"IsSupplier": True}, {"Balances": {"AccountsReceivable": {}}}]
)
def test_flags_and_balances_never_move_the_stamp(api, fields):
    made = api.create()
    api.tick()
    api.edit(do="update", id=made["ContactID"], fields=fields)
    shown = api.read(made)
    assert shown["UpdatedDateUTC"] == made["UpdatedDateUTC"]
    assert {key: shown[key] for key in fields} == fields


def test_a_person_sets_the_website_that_the_api_only_shows(api):
    made = api.create()
    api.tick()
    api.edit(do="update", id=made["ContactID"], fields={"Website": "https://rimu.example"})
    assert api.read(made)["Website"] == "https://rimu.example"
    assert api.read(made)["UpdatedDateUTC"] != made["UpdatedDateUTC"]


@pytest.mark.parametrize(
    "body",
    [
        {"do": "delete"},
        {"do": "update", "fields": {"Colour": "blue"}},
        {"do": "update", "fields": {"EmailAddress": "nobody"}},
        {"do": "update", "fields": {"Name": ""}},
        {"do": "update", "fields": {"Phones": "1"}},
        {"do": "update", "fields": {"Phones": [{"PhoneType": "HOME", "PhoneNumber": "1"}]}},
        {"do": "update", "fields": {"Addresses": [{"City": "Nelson"}]}},
        {"do": "update", "fields": []},
        {"do": "restore"},
        {"do": "merge", "loser": "nobody"},
        {"do": "update", "id": "nobody"},
        {"do": "update", "type": "Invoice"},
        {"do": "update", "fields": {"ContactGroups": 5}},
        {"do": "update", "fields": {"ContactGroups": [{"Name": ["A"]}]}},
        {"do": "update", "fields": {"Website": {"a": 1}}},
        {"do": "update", "fields": {"Balances": 5}},
        {"do": "update", "fields": {"Balances": {"AccountsReceivable": 5}}},
        {"do": "update", "fields": {"Balances": {"Owed": {}}}},
        {"do": "update", "fields": {"Balances": {"AccountsPayable": {"Overdue": "5"}}}},
        {"do": "update", "fields": {"IsCustomer": "false"}},
        {"do": "update", "fields": {"IsSupplier": None}},
        {"do": "update", "fields": {"DefaultCurrency": "XYZ"}},
        {"do": "update", "fields": {"Discount": "5"}},
    ],
)
def test_what_the_screens_would_not_allow_is_refused_with_a_sentence(api, body):
    made = api.create()
    answer = api.client.post(
        "/_sim/edit", json={"as": "Hana Tuiasau", "type": "Contact", "id": made["ContactID"], **body}
    )
    assert answer.status_code == 400
    assert answer.json["error"].endswith((".", "}."))


def test_a_person_may_give_a_longer_name_than_the_api_takes(api):
    made = api.edit(do="create", fields={"Name": "x" * 500})
    assert api.names() == ["x" * 500]
    with pytest.raises(Refused, match="Name must not exceed 500"):
        api.edit(do="update", id=made["id"], fields={"Name": "x" * 501})
    api.edit(do="update", id=made["id"], fields={"Name": "y" * 263})
    assert api.post(f"/Contacts/{made['id']}", {"Name": "y" * 263}).status_code == 400
    assert api.post(f"/Contacts/{made['id']}", {"FirstName": "Ann"}).status_code == 200


def test_an_archived_contact_must_be_restored_before_it_is_edited(api):
    done = api.edit(do="create", fields={"Name": "A"})
    api.edit(do="archive", id=done["id"])
    with pytest.raises(Refused, match="archived"):
        api.edit(do="update", id=done["id"], fields={"AccountNumber": "1"})


def test_groups_are_made_joined_left_and_shown_with_a_paged_contact(api):
    made = api.create()
    (group,) = api.put("/ContactGroups", {"ContactGroups": [{"Name": "Wholesale"}]}).json["ContactGroups"]
    path = f"/ContactGroups/{group['ContactGroupID']}"
    api.tick()
    assert api.put(f"{path}/Contacts", {"Contacts": [{"ContactID": made["ContactID"]}]}).status_code == 200
    (shown,) = api.listed("page=1")
    assert [one["Name"] for one in shown["ContactGroups"]] == ["Wholesale"]
    assert shown["UpdatedDateUTC"] == made["UpdatedDateUTC"]
    assert api.listed("")[0]["ContactGroups"] == []
    (member,) = api.get(path).json["ContactGroups"][0]["Contacts"]
    told = {key: value for key, value in member.items() if value not in ([], False)}
    assert told == {"ContactID": made["ContactID"], "Name": made["Name"]}
    assert api.delete(f"{path}/Contacts/{made['ContactID']}").status_code == 204
    assert api.listed("page=1")[0]["ContactGroups"] == []


def test_an_archived_contact_is_refused_in_a_group(api):
    made = api.create()
    api.change(made, ContactStatus="ARCHIVED")
    (group,) = api.put("/ContactGroups", {"ContactGroups": [{"Name": "Wholesale"}]}).json["ContactGroups"]
    body = {"Contacts": [{"ContactID": made["ContactID"]}]}
    assert api.put(f"/ContactGroups/{group['ContactGroupID']}/Contacts", body).status_code == 400


def test_a_group_name_is_taken_once_and_a_deleted_group_is_gone(api):
    (group,) = api.put("/ContactGroups", {"ContactGroups": [{"Name": "Wholesale"}]}).json["ContactGroups"]
    assert api.put("/ContactGroups", {"ContactGroups": [{"Name": "wholesale"}]}).status_code == 400
    path = f"/ContactGroups/{group['ContactGroupID']}"
    assert api.post(path, {"ContactGroups": [{"Status": "DELETED"}]}).status_code == 200
    assert api.get(path).status_code == 404
    assert api.get("/ContactGroups").json["ContactGroups"] == []


def test_a_person_puts_a_contact_into_a_group_by_its_name(api):
    made = api.create()
    api.edit(do="update", id=made["ContactID"], fields={"ContactGroups": [{"Name": "Newsletter"}]})
    assert [one["Name"] for one in api.read(made)["ContactGroups"]] == ["Newsletter"]


@pytest.mark.parametrize(
    "changes",
    [
        {"nonsense": 1}, {"day_limit": "5"}, {"day_limit": -1}, {"environment": "mars"}, {"connected": 1},
        {"token_life": 10**12}, {"day_seconds": 10**400}, {"hidden_fields": [[]]}, {"scopes": [5]},
    ],
)  # fmt: skip
def test_settings_refuse_what_they_do_not_know(api, changes):
    assert api.client.post("/_sim/settings", json=changes).status_code == 400
    assert api.client.post("/_sim/settings", json={"day_limit": 1000}).json["day_limit"] == 1000


def test_a_reset_tells_a_new_story_but_keeps_clock_and_tokens(api):
    api.create()
    api.twin.settings({"day_limit": 10})
    answer = api.client.post("/_sim/reset", json={"scenario": "synced", "records": 5, "seed": 1}).json
    assert answer == {"scenario": "synced", "records": 5, "seed": 1}
    assert api.twin.settings({})["day_limit"] == 5000
    assert len(api.listed()) == 5
    assert api.client.post("/_sim/reset", json={"scenario": "nonsense"}).status_code == 400


def test_state_shows_every_contact_removed_ones_included(api):
    made = api.create("A")
    api.change(made, ContactStatus="ARCHIVED")
    for kind in ("Contact", "Contacts"):
        assert api.client.get(f"/_sim/state?type={kind}").json == {kind: [api.read(made)]}
    assert api.client.get("/_sim/state?type=Invoice").status_code == 400


def test_a_twin_stored_and_reloaded_shows_the_same(api):
    api.client.post("/_sim/reset", json={"scenario": "demo", "records": 40, "seed": 2})
    phones, people = [{"PhoneType": "DEFAULT", "PhoneNumber": "1"}], [{"FirstName": "Ann"}]
    made = api.create("A", EmailAddress="a@b.example", Phones=phones, ContactPersons=people)
    api.edit(do="update", id=made["ContactID"], fields={"Website": "https://a.example", "Discount": 5})
    app, other = create_app("empty")
    other.restore(api.twin.snapshot())
    for kind in ("Contact", "ContactGroup"):
        assert list(other.state(kind)) == list(api.twin.state(kind))
    assert other.book.contacts[made["ContactID"]].history == api.twin.book.contacts[made["ContactID"]].history
    assert other.about() == api.twin.about()
    assert app.test_client().get("/_sim/health").get_json()["scenario"] == "demo"


def test_every_edit_of_the_demonstration_is_one_that_the_screens_allow(api):
    api.client.post("/_sim/reset", json={"scenario": "demo", "records": 300, "seed": 1})
    edits = [edit["body"] for edit in demo_edits(300, 1) if edit["side"] == "xero"]
    assert len(edits) >= 18
    assert all(api.client.post("/_sim/edit", json=body).status_code == 200 for body in edits)


@pytest.fixture
def window(api):
    api.client.post("/_sim/reset", json={"scenario": "demo", "records": 60, "seed": 1})
    return api


def test_the_window_lists_and_finds_contacts(window):
    assert window.client.get("/").status_code == 200
    name = next(iter(window.twin.book.contacts.values())).name
    page = window.client.get("/", query_string={"q": name.upper()}).text
    assert page.count("/window/contact/") == 1
    assert window.client.get("/?page=2").status_code == 200
    assert window.client.get("/?page=nonsense").status_code == 200


def test_the_window_saves_only_what_a_person_changed(window):
    contact = window.create("Rimu Joinery", AccountNumber="1", Phones=[{"PhoneType": "DEFAULT", "PhoneNumber": "1"}])
    path = f"/window/contact/{contact['ContactID']}"
    assert "Rimu Joinery" in window.client.get(path).text
    form = {"as": "Grace Whatarangi", "Name": "Rimu Joinery", "AccountNumber": "2", "DEFAULT": "1"}
    answer = window.client.post(path, data=form)
    assert answer.status_code == 303
    assert "Saved." in window.client.get(answer.location).text
    details = window.twin.book.contacts[contact["ContactID"]].history[-1].details
    assert details == "AccountNumber changed from '1' to '2'."
    assert "Nothing was changed" in window.client.get(window.client.post(path, data=form).location).text


def test_saving_a_contact_as_it_is_shown_changes_nothing(window):
    made = window.edit(
        do="create",
        fields={
            "Name": "Rimu Joinery",
            "AccountNumber": " 7 ",
            "Phones": [
                {"PhoneType": "FAX", "PhoneNumber": "555 ", "PhoneAreaCode": "9", "PhoneCountryCode": "64"},
            ],
            "Addresses": [{"AddressType": "POBOX", "City": " Nelson"}],
        },
    )
    path = f"/window/contact/{made['id']}"
    shown = re.findall(r'<input name="([^"]+)" value="([^"]*)"', window.client.get(path).text)
    assert ("FAX.PhoneAreaCode", "9") in shown
    assert ("FAX.PhoneCountryCode", "64") in shown
    form = {"as": "Grace Whatarangi", **dict(shown)}
    assert "Nothing was changed" in window.client.get(window.client.post(path, data=form).location).text
    window.client.post(path, data={**form, "FAX.PhoneAreaCode": "3"})
    fax = next(slot for slot in window.read({"ContactID": made["id"]})["Phones"] if slot["PhoneType"] == "FAX")
    assert (fax["PhoneNumber"], fax["PhoneAreaCode"], fax["PhoneCountryCode"]) == ("555", "3", "64")


def test_the_window_creates_archives_restores_and_merges(window):
    form = {
        "as": "Grace Whatarangi",
        "new": "1",
        "Name": "By hand",
        "POBOX.AddressLine1": "PO Box 1",
        "group": "Wholesale",
    }
    path = window.client.post("/window/new", data=form).location.split("?")[0]
    assert window.client.get("/window/new").status_code == 200
    other = window.create("Other")
    for doing, data in (("archive", {}), ("restore", {}), ("merge", {"loser": other["ContactID"]})):
        answer = window.client.post(f"{path}/{doing}", data={"as": "Grace Whatarangi", **data})
        assert answer.status_code == 303
        assert window.client.get(answer.location).status_code == 200
    shown = window.get(f"/Contacts/{path.rsplit('/', 1)[1]}").json["Contacts"][0]
    assert shown["Addresses"][1]["AddressLine1"] == "PO Box 1"


def test_the_window_says_why_something_was_not_done(window):
    answer = window.client.post("/window/new", data={"as": "Grace Whatarangi", "new": "1", "Name": ""})
    assert answer.status_code == 400
    assert "Contact Name cannot be empty." in answer.text


def test_the_window_shows_calls_and_switches_faults(window):
    window.get("/Contacts?page=1")
    assert "/api.xro/2.0/Contacts" in window.client.get("/window/calls").text
    for fault in ("drop_after", "minute_spent", "maintenance", "slow"):
        assert window.client.post("/window/faults", data={"fault": fault, "times": "2"}).status_code == 303
    assert [fault["times"] for fault in window.client.get("/_sim/faults").json] == [2, 2, 2, 2]
    assert "The minute is spent" in window.client.get("/window/faults").text
    window.client.post("/window/faults", data={"fault": "clear"})
    assert window.client.get("/_sim/faults").json == []
    window.client.post("/window/faults", data={"fault": "disconnect"})
    assert window.get("/Contacts").status_code == 403


def test_a_fault_can_be_kept_to_calls_that_write(window):
    window.client.post("/window/faults", data={"fault": "minute_spent", "which": "write", "times": "nonsense"})
    assert window.get("/Contacts").status_code == 200
    answer = window.put("/Contacts", {"Name": "A"})
    assert (answer.status_code, answer.data, answer.headers.get("Content-Type")) == (429, b"", None)
    assert answer.headers["Retry-After"] == "10"
    assert window.put("/Contacts", {"Name": "A"}).status_code == 200


def test_calls_can_be_watched_as_they_arrive(window):
    assert 'http-equiv="refresh"' not in window.client.get("/window/calls").text
    assert 'http-equiv="refresh"' in window.client.get("/window/calls?watch=yes").text


def test_names_with_markup_are_shown_as_text(window):
    window.edit(do="create", fields={"Name": "A & B", "AccountNumber": "<b>7"})
    page = window.client.get("/", query_string={"q": "A & B"}).text
    assert "&lt;b&gt;7" in page
    assert "<b>7" not in page


def test_a_person_may_say_the_status_that_a_contact_has(api):
    made = api.edit(do="create", fields={"Name": "A", "ContactStatus": "ACTIVE"})
    api.edit(do="update", id=made["id"], fields={"Name": "B", "ContactStatus": "ACTIVE"})
    assert api.names() == ["B"]


def test_a_contact_asked_to_be_forgotten_refuses_edits_by_the_api(api):
    made = api.create("Rimu Joinery")
    api.edit(do="update", id=made["ContactID"], fields={"ContactStatus": "GDPRREQUEST"})
    assert api.read(made)["ContactStatus"] == "GDPRREQUEST"
    assert api.change(made, AccountNumber="1").status_code == 400
    assert (
        api.client.post(
            "/_sim/edit", json={"do": "update", "id": made["ContactID"], "fields": {"ContactStatus": "ARCHIVED"}}
        ).status_code
        == 400
    )


def test_a_group_cannot_take_the_name_of_another(api):
    for name in ("Wholesale", "Retail"):
        assert api.put("/ContactGroups", {"Name": name}).status_code == 200
    wholesale, retail = api.get("/ContactGroups").json["ContactGroups"]
    taken = api.post(f"/ContactGroups/{retail['ContactGroupID']}", {"Name": "WHOLESALE"})
    assert taken.status_code == 400
    assert api.post(f"/ContactGroups/{wholesale['ContactGroupID']}", {"Name": "wholesale"}).status_code == 200
