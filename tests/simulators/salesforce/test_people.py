"""What people do in the vendor's own screens, through /_sim/edit and in the window."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.salesforce.api import Api, error


def test_an_edit_is_stamped_and_signed(api: Api) -> None:
    key = api.create()
    api.wait(5)
    told = api.person("update", id=key, fields={"Phone": "1"})
    assert told == {"id": key, "version": "2026-05-04T12:00:05.000+0000"}
    row = api.found("SELECT LastModifiedBy.Name, SystemModstamp FROM Account")[0]
    assert (row["LastModifiedBy"]["Name"], row["SystemModstamp"]) == ("Hana Tuiasau", told["version"])


def test_somebody_unknown_becomes_a_user(api: Api) -> None:
    told = api.client.post("/_sim/edit", json={"as": "New Hand", "do": "create", "fields": {"Name": "A"}}).get_json()
    assert api.get(told["id"])["CreatedById"] == api.found("SELECT Id FROM User WHERE Name = 'New Hand'")[0]["Id"]


def test_a_person_needs_no_calls_of_the_api(api: Api) -> None:
    api.set(day_limit=0)
    api.person("create", fields={"Name": "A"})
    assert api.twin.quota.used == 0


def test_people_name_an_object_in_any_letter_case(api: Api) -> None:
    key = api.create()
    api.person("touch", id=key, type="account")
    api.person("delete", id=key, type="ACCOUNT")
    assert api.names("") == []


def test_a_merge_marks_the_loser_and_moves_its_children(api: Api) -> None:
    winner, loser = api.create(Name="Winner"), api.create(Name="Loser", Phone="5")
    api.call("POST", "/sobjects/Contact", {"LastName": "Rua", "AccountId": loser})
    branch = api.create(Name="Branch", ParentId=loser)
    api.wait(10)
    api.person("merge", id=winner, loser=loser, fields={"Phone": "5"})
    rows = api.found("SELECT Id, IsDeleted, MasterRecordId, Phone FROM Account WHERE ParentId = null", "queryAll")
    rows.sort(key=lambda row: row["Id"] == winner)
    assert rows[0] == {"Id": loser, "IsDeleted": True, "MasterRecordId": winner, "Phone": "5"}
    assert rows[1] == {"Id": winner, "IsDeleted": False, "MasterRecordId": None, "Phone": "5"}
    assert api.found("SELECT AccountId FROM Contact")[0]["AccountId"] == winner
    assert (api.get(branch)["ParentId"], api.get(branch)["SystemModstamp"]) == (winner, "2026-05-04T12:00:10.000+0000")
    assert error(api.call("GET", f"/sobjects/Account/{loser}")) == (404, "ENTITY_IS_DELETED")


def test_a_loser_comes_back_under_its_own_id_without_its_children(api: Api) -> None:
    winner, loser = api.create(), api.create()
    api.call("POST", "/sobjects/Contact", {"LastName": "Rua", "AccountId": loser})
    api.person("merge", id=winner, loser=loser)
    api.person("undelete", id=loser)
    assert (api.get(loser)["IsDeleted"], api.get(loser)["MasterRecordId"]) == (False, None)
    assert api.found("SELECT AccountId FROM Contact")[0]["AccountId"] == winner


def test_a_delete_and_an_undelete_move_the_stamp(api: Api) -> None:
    key = api.create()
    api.wait(2)
    gone = api.person("delete", id=key)["version"]
    api.wait(2)
    assert gone == "2026-05-04T12:00:02.000+0000"
    assert api.person("undelete", id=key)["version"] == "2026-05-04T12:00:04.000+0000"


def test_a_late_commit_is_seen_late_with_its_early_stamp(api: Api) -> None:
    key = api.create()
    api.set(late_commit=30)
    api.wait(10)
    told = api.person("update", id=key, fields={"Phone": "slow"})
    made = api.person("create", fields={"Name": "Slow"})
    api.wait(29)
    assert api.get(key)["Phone"] is None
    assert api.names("WHERE Name = 'Slow'") == []
    api.wait(1)
    assert (api.get(key)["Phone"], api.get(key)["SystemModstamp"]) == ("slow", told["version"])
    assert api.get(made["id"])["CreatedDate"] == told["version"] == "2026-05-04T12:00:10.000+0000"


@pytest.mark.parametrize(
    "body",
    [
        {"do": "explode"},
        {"do": "create", "fields": {}},
        {"do": "create", "fields": {"Name": "x" * 300}},
        {"do": "create", "fields": {"Name": "A", "Nonsense": 1}},
        {"do": "create", "fields": ["Name"]},
        {"do": "create", "type": "Dragon", "fields": {"Name": "A"}},
        {"do": "create", "type": "User", "fields": {"LastName": "A"}},
        {"do": "touch", "type": "Dragon", "id": "001000000000001AAA"},
        {"do": "touch", "type": "AccountHistory", "id": "017000000000001AAA"},
        {"do": "purge", "type": "User", "id": "005000000000001AAA"},
        {"do": "update", "id": "001000000000001AAA", "fields": {}},
        {"do": "update", "id": "x", "fields": {}},
        {"do": "undelete", "id": "001000000000001AAA"},
        {"do": "merge", "id": "001000000000001AAA", "loser": "001000000000001AAA"},
    ],
)
def test_what_the_screens_would_not_allow_is_refused(api: Api, body: dict[str, Any]) -> None:
    answer = api.client.post("/_sim/edit", json=body)
    assert answer.status_code == 400
    assert answer.get_json()["error"]


class TestWindow:
    """The pages a person sees."""

    def page(self, api: Api, path: str) -> str:
        answer = api.client.get(path)
        assert answer.status_code == 200, answer.text
        assert "<title>" in answer.text
        assert "script-src 'none'" in answer.headers["Content-Security-Policy"]
        return answer.text

    def test_accounts_are_found_by_a_part_of_their_name(self, api: Api) -> None:
        api.create(Name="Able & Sons")
        api.create(Name="Baker")
        assert "Salesforce (simulated)" in self.page(api, "/")
        found = self.page(api, "/?q=able")
        assert "Able &amp; Sons" in found
        assert "Baker" not in found

    def test_a_long_list_has_pages(self) -> None:
        api = Api("synced", 60)
        assert "Page 1 of 2" in self.page(api, "/")
        assert "Page 2 of 2" in self.page(api, "/?page=2")
        assert "Page 2 of 2" in self.page(api, "/?page=99")

    def test_only_what_differs_is_written(self, api: Api) -> None:
        api.set(field_history=["Phone", "Name", "Sync_with_Xero__c", "BillingAddress"])
        key = api.create(Name="Able", Phone="1", BillingStreet="1 High Street\r\nLevel 2")
        form = {
            "Name": "Able", "Phone": "2", "BillingStreet": "1 High Street\r\nLevel 2", "Fax": "",
            "Sync_with_Xero__c": "on", "as": "Grace Whatarangi",
        }  # fmt: skip
        answer = api.client.post(f"/window/account/{key}", data=form)
        assert (answer.status_code, answer.location) == (303, f"/window/account/{key}?notice=Saved.")
        changed = {row["Field"] for row in api.found("SELECT Field FROM AccountHistory WHERE Field != 'created'")}
        assert changed == {"Phone", "Sync_with_Xero__c"}
        assert "Grace Whatarangi" in self.page(api, answer.location)

    def test_an_account_is_created_deleted_undeleted_and_merged(self, api: Api) -> None:
        made = api.client.post("/window/new", data={"Name": "Able", "as": "Hana Tuiasau"})
        key = made.location.split("/")[-1].partition("?")[0]
        assert "Created." in self.page(api, made.location)
        assert "Deleted." in self.page(api, api.client.post(f"/window/account/{key}/delete").location)
        assert "Undeleted." in self.page(api, api.client.post(f"/window/account/{key}/undelete").location)
        loser = api.create(Name="Loser")
        api.client.post(f"/window/account/{key}/merge", data={"loser": loser})
        assert "Merged into" in self.page(api, f"/window/account/{loser}")

    def test_a_refusal_is_a_sentence(self, api: Api) -> None:
        answer = api.client.post(f"/window/account/{api.create()}", data={"Name": ""})
        assert answer.status_code == 400
        assert "Required fields are missing" in answer.text

    def test_recent_calls_are_shown_and_the_window_is_none_of_them(self, api: Api) -> None:
        api.create()
        self.page(api, "/")
        assert "1 call of the API" in self.page(api, "/window/calls")

    @pytest.mark.parametrize(("fault", "status"), [("session_expired", 401), ("row_locked", 400), ("maintenance", 503)])
    def test_a_fault_is_switched_on_and_off(self, api: Api, fault: str, status: int) -> None:
        api.client.post("/window/faults", data={"fault": fault})
        assert api.call("GET", "/limits").status_code == status
        api.client.post("/window/faults", data={"fault": "clear"})
        assert "None." in self.page(api, "/window/faults")
        assert api.call("GET", "/limits").status_code == 200

    def test_another_sites_form_is_refused(self, api: Api) -> None:
        key = api.create()
        answer = api.client.post(f"/window/account/{key}/delete", headers={"Sec-Fetch-Site": "cross-site"})
        assert answer.status_code == 403
        assert api.get(key)["IsDeleted"] is False
