"""The organisation's own affairs: metadata, limits, rights, rules, history; and stories told afresh."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.salesforce.api import BASE, Api, error


def fields(api: Api, name: str = "Account") -> dict[str, dict[str, Any]]:
    described = api.call("GET", f"/sobjects/{name}/describe/").get_json()
    return {field["name"]: field for field in described["fields"]}


def test_versions_are_listed_without_signing_in(api: Api) -> None:
    versions = api.client.get("/services/data/").get_json()
    assert versions[-1] == {"label": "Winter '27", "url": "/services/data/v68.0", "version": "68.0"}
    assert {"label": "Spring '26", "url": "/services/data/v66.0", "version": "66.0"} in versions


@pytest.mark.parametrize(
    ("version", "status"), [("31.0", 200), ("68.0", 200), ("30.0", 410), ("99.0", 404), ("x", 404)]
)
def test_only_living_versions_answer(api: Api, version: str, status: int) -> None:
    assert api.call("GET", f"/services/data/v{version}/limits").status_code == status


def test_an_old_version_does_not_know_what_came_later(api: Api) -> None:
    rows = {"records": [{"attributes": {"type": "Account"}, "Name": "A"}]}
    answers = [api.call("POST", f"/services/data/v{version}/composite/sobjects", rows) for version in ("41.0", "42.0")]
    assert [answer.status_code for answer in answers] == [404, 200]
    asked = "query?q=SELECT+FIELDS(STANDARD)+FROM+Account"
    answers = [api.call("GET", f"/services/data/v{version}/{asked}") for version in ("50.0", "51.0")]
    assert [answer.status_code for answer in answers] == [400, 200]


def test_the_root_names_the_caller(api: Api) -> None:
    root = api.call("GET", "/services/data/v66.0").get_json()
    assert root["identity"].endswith(f"/{api.twin.org.integration_user}")


def test_describe_says_what_a_field_holds(api: Api) -> None:
    described = fields(api)
    assert (described["Phone"]["length"], described["Phone"]["byteLength"]) == (40, 120)
    assert described["BillingCity"]["compoundFieldName"] == "BillingAddress"
    assert (described["Name"]["nillable"], described["Name"]["createable"]) == (False, True)
    assert described["SystemModstamp"]["updateable"] is False
    key = described["Xero_Contact_Id__c"]
    assert (key["externalId"], key["unique"], key["caseSensitive"], key["length"]) == (True, True, False, 36)
    assert described["LastModifiedById"]["relationshipName"] == "LastModifiedBy"


def test_choices_are_those_of_an_organisation_that_nobody_has_changed(api: Api) -> None:
    fields = {each["name"]: each for each in api.call("GET", "/sobjects/Account/describe").get_json()["fields"]}
    assert "Customer - Direct" in [choice["value"] for choice in fields["Type"]["picklistValues"]]
    assert len(fields["Industry"]["picklistValues"]) == 32
    assert not fields["Industry"]["restrictedPicklist"]


def test_a_choice_may_have_a_label_of_its_own(api: Api) -> None:
    choices = fields(api)["CleanStatus"]["picklistValues"]
    assert {choice["value"]: choice["label"] for choice in choices}["Matched"] == "In Sync"


def test_what_the_vendors_screens_note_cannot_be_written_and_is_null(api: Api) -> None:
    key = api.create(TickerSymbol="ACM", Rating="Hot", NaicsCode="12345678")
    assert (api.get(key)["Rating"], api.get(key)["LastViewedDate"], api.get(key)["PhotoUrl"]) == ("Hot", None, None)
    assert error(api.update(key, PhotoUrl="/x")) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")


def test_users_go_by_an_alias_too(api: Api) -> None:
    api.person("create", fields={"Name": "Acme"})
    assert api.found("SELECT Alias FROM User WHERE Name = 'Hana Tuiasau'") == [{"Alias": "htuia"}]


def test_a_contact_holds_all_that_the_vendor_lists(api: Api) -> None:
    given = {
        "LastName": "Rata", "FirstName": "Mere", "Salutation": "Dr.", "HomePhone": "1", "OtherPhone": "2", "Fax": "3",
        "Department": "Yard", "LeadSource": "Web", "Birthdate": "1980-02-29", "OtherCity": "Nelson",
        "AssistantName": "Rere", "AssistantPhone": "4", "Jigsaw": "5", "CleanStatus": "Pending", "OtherLatitude": -41.2,
    }  # fmt: skip
    boss = api.call("POST", "/sobjects/Contact", {"LastName": "Tui"}).get_json()["id"]
    key = api.call("POST", "/sobjects/Contact", {**given, "ReportsToId": boss}).get_json()["id"]
    shown = api.call("GET", f"/sobjects/Contact/{key}").get_json()
    assert given.items() <= shown.items()
    assert (shown["Name"], shown["OtherAddress"]["city"], shown["IsEmailBounced"]) == ("Mere Rata", "Nelson", False)
    assert (
        api.found("SELECT ReportsTo.LastName FROM Contact WHERE Department = 'Yard'")[0]["ReportsTo"]["LastName"]
        == "Tui"
    )


def test_all_objects_are_listed(api: Api) -> None:
    listed = api.call("GET", "/sobjects/").get_json()
    assert {each["name"] for each in listed["sobjects"]} >= {"Account", "Contact", "User", "AccountHistory"}
    assert api.call("GET", "/sobjects/Account").get_json()["objectDescribe"]["keyPrefix"] == "001"


def test_the_organization_says_whether_it_is_a_sandbox(api: Api) -> None:
    query = "SELECT Id, IsSandbox, OrganizationType FROM Organization"
    assert api.found(query)[0]["IsSandbox"] is False
    api.set(environment="sandbox")
    assert api.found(query)[0]["IsSandbox"] is True


def test_every_data_answer_tells_the_limits(api: Api) -> None:
    api.set(day_limit=500)
    answer = api.call("GET", "/limits")
    assert answer.headers["Sforce-Limit-Info"] == "api-usage=1/500"
    assert answer.get_json()["DailyApiRequests"] == {"Max": 500, "Remaining": 499}


def test_a_spent_day_refuses_until_calls_are_a_day_old(api: Api) -> None:
    api.set(day_limit=2, session_life=999_999)
    assert [api.call("GET", "/limits").status_code for _ in range(3)] == [200, 200, 403]
    assert error(api.call("GET", "/limits")) == (403, "REQUEST_LIMIT_EXCEEDED")
    api.wait(86_400)
    assert api.call("GET", "/limits").status_code == 200


def test_too_many_calls_in_a_minute_meet_the_concurrency_limit(api: Api) -> None:
    api.set(minute_limit=1)
    api.call("GET", "/limits")
    answer = api.call("GET", "/limits")
    assert answer.get_json()[0]["message"].startswith("ConcurrentPerOrgLongTxn")
    api.wait(60)
    assert api.call("GET", "/limits").status_code == 200


def test_the_api_can_be_off(api: Api) -> None:
    api.set(api_enabled=False)
    assert error(api.call("GET", "/limits")) == (403, "API_DISABLED_FOR_ORG")
    api.person("create", fields={"Name": "People go on working"})


def test_records_are_counted_without_the_deleted(api: Api) -> None:
    gone = api.create()
    api.create()
    api.call("DELETE", f"/sobjects/Account/{gone}")
    for asked in ("Account,Contact", "account"):
        counted = api.call("GET", f"/limits/recordCount?sObjects={asked}").get_json()
        assert counted == {"sObjects": [{"count": 1, "name": "Account"}]}


def test_a_field_can_be_declared_and_hidden_at_once(api: Api) -> None:
    declared = {"Account.Region__c": {"type": "string"}, "Account.Vip__c": {"type": "boolean"}}
    api.set(
        custom_fields=declared, hidden_fields=["Region__c", "Account.Vip__c", "Sync_with_Xero__c", "ShippingStateCode"]
    )
    assert fields(api).keys().isdisjoint({"Region__c", "Vip__c", "Sync_with_Xero__c"})


@pytest.mark.parametrize("name", ["Fax", "Account.Fax"])
def test_a_hidden_field_cannot_be_told_from_an_unknown_one(api: Api, name: str) -> None:
    key = api.create()
    api.set(hidden_fields=[name])
    assert "Fax" not in fields(api)
    assert "Fax" not in api.get(key)
    assert error(api.query("SELECT Fax FROM Account")) == (400, "INVALID_FIELD")
    assert error(api.update(key, Fax="1")) == (400, "INVALID_FIELD")
    api.person("update", id=key, fields={"Fax": "seen by people"})


def test_the_administrators_rule_refuses_in_the_administrators_words(api: Api) -> None:
    api.set(validation_rules={"phones": {"field": "Phone", "pattern": r"(\+.*)?", "message": "Begin with a plus."}})
    answer = api.call("POST", "/sobjects/Account", {"Name": "A", "Phone": "09 1"})
    assert error(answer) == (400, "FIELD_CUSTOM_VALIDATION_EXCEPTION")
    assert answer.get_json()[0]["message"] == "Begin with a plus."
    api.create(Phone="+64 9 1")


@pytest.mark.parametrize(("action", "allowed"), [("alert", 201), ("block", 400)])
def test_a_duplicate_rule_that_alerts_can_be_overruled(api: Api, action: str, allowed: int) -> None:
    api.set(duplicate_rules={"names": {"fields": ["Name"], "action": action}})
    twin = api.create(Name="Acme")
    answer = api.call("POST", "/sobjects/Account", {"Name": "ACME"})
    assert error(answer) == (400, "DUPLICATES_DETECTED")
    match = answer.get_json()[0]["duplicateResut"]["matchResults"][0]["matchRecords"][0]
    assert match["record"]["Id"] == twin
    headers = {"Sforce-Duplicate-Rule-Header": "allowSave=true; includeRecordDetails=true"}
    assert api.call("POST", "/sobjects/Account", {"Name": "ACME"}, headers).status_code == allowed
    before_the_header = "/services/data/v51.0/sobjects/Account"
    assert api.call("POST", before_the_header, {"Name": "ACME"}, headers).status_code == 400


def test_a_duplicate_is_shown_whole_to_who_asks_for_it(api: Api) -> None:
    key = api.create(Phone="1")
    api.set(duplicate_rules={"Same_Name": {"fields": ["Name"], "action": "alert"}}, hidden_fields=["Fax"])
    found = {}
    for asked in ("includeRecordDetails=true", "includeRecordDetails=false"):
        answer = api.call("POST", "/sobjects/Account", {"Name": "acme"}, {"Sforce-Duplicate-Rule-Header": asked})
        (result,) = answer.get_json()[0]["duplicateResut"]["matchResults"]
        found[asked] = result["matchRecords"][0]["record"]
    whole, bare = found.values()
    assert (whole["Id"], whole["Name"], whole["Phone"], "Fax" in whole) == (key, "Acme", "1", False)
    assert bare == {"attributes": {"type": "Account"}, "Id": key}


def test_history_is_kept_of_ticked_fields_only(api: Api) -> None:
    api.set(field_history=["Phone"])
    key = api.create(Phone="1")
    api.wait(30)
    api.person("update", id=key, fields={"Phone": "2", "Fax": "3"})
    query = (
        f"SELECT Field, OldValue, NewValue, CreatedBy.Name, CreatedDate FROM AccountHistory WHERE AccountId = '{key}'"
    )
    rows = sorted(api.found(query), key=lambda row: row["CreatedDate"])
    assert [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows] == [
        ("created", None, None), ("Phone", "1", "2")
    ]  # fmt: skip
    assert (rows[1]["CreatedBy"]["Name"], rows[1]["CreatedDate"]) == ("Hana Tuiasau", "2026-05-04T12:00:30.000+0000")


class TestValuesOfAnyType:
    """What a field was and became, in its history."""

    @pytest.fixture
    def kept(self, api: Api) -> Api:
        ticked = ["Phone", "NumberOfEmployees", "Sync_with_Xero__c", "Contact.Birthdate", "Contact.EmailBouncedDate"]
        api.set(field_history=ticked)
        api.update(api.create(), Phone="b", NumberOfEmployees=3, Sync_with_Xero__c=True)
        key = api.call("POST", "/sobjects/Contact", {"LastName": "Aroha"}).get_json()["id"]
        dates = {"Birthdate": "1980-02-29", "EmailBouncedDate": "2026-05-04T12:00:00Z"}
        api.call("PATCH", f"/sobjects/Contact/{key}", dates)
        return api

    def test_they_are_ordered_as_text_with_nothing_first(self, kept: Api) -> None:
        rows = kept.found("SELECT NewValue FROM AccountHistory ORDER BY NewValue")
        assert [row["NewValue"] for row in rows] == [None, 3, "b", True]
        rows = kept.found("SELECT NewValue FROM AccountHistory ORDER BY NewValue DESC")
        assert [row["NewValue"] for row in rows] == [None, True, "b", 3]

    def test_days_and_moments_are_shown_as_such(self, kept: Api) -> None:
        rows = kept.found("SELECT NewValue FROM ContactHistory WHERE Field != 'created' ORDER BY NewValue")
        assert [row["NewValue"] for row in rows] == ["1980-02-29", "2026-05-04T12:00:00.000+0000"]

    def test_no_record_is_found_by_them(self, kept: Api) -> None:
        for condition in ("NewValue = 'b'", "OldValue != null", "NewValue IN ('b')", "NewValue > 2"):
            answer = kept.query(f"SELECT Id FROM AccountHistory WHERE {condition}")
            assert error(answer) == (400, "INVALID_FIELD")
            assert answer.get_json()[0]["message"].endswith("' can not be filtered in a query call")

    def test_they_are_neither_grouped_nor_counted(self, kept: Api) -> None:
        for wanted in ("COUNT(Id) FROM AccountHistory GROUP BY NewValue", "MAX(OldValue) FROM AccountHistory"):
            assert error(kept.query(f"SELECT {wanted}")) == (400, "MALFORMED_QUERY")

    def test_metadata_says_so(self, kept: Api) -> None:
        described = kept.call("GET", "/sobjects/AccountHistory/describe").get_json()["fields"]
        about = next(each for each in described if each["name"] == "NewValue")
        assert (about["nillable"], about["sortable"]) == (True, True)
        assert (about["filterable"], about["groupable"], about["aggregatable"]) == (False, False, False)


def test_history_cannot_be_written(api: Api) -> None:
    api.set(field_history=["Phone"])
    api.create()
    (row,) = api.found("SELECT Id FROM AccountHistory")
    for method, path in (("POST", ""), ("PATCH", f"/{row['Id']}"), ("DELETE", f"/{row['Id']}")):
        assert error(api.call(method, f"/sobjects/AccountHistory{path}", {}))[0] == 400


@pytest.mark.parametrize(
    "changes",
    [
        {"unknown": 1}, {"day_limit": -1}, {"day_limit": "many"}, {"api_enabled": 1}, {"environment": "moon"},
        {"hidden_fields": "Phone"}, {"hidden_fields": ["Foo"]}, {"hidden_fields": ["Contact.Sic"]},
        {"hidden_fields": ["Name"]}, {"hidden_fields": ["Id"]}, {"hidden_fields": ["Account.OwnerId"]},
        {"hidden_fields": ["SystemModstamp"]}, {"validation_rules": {"x": {"field": "Phone"}}},
        {"validation_rules": {"x": {"field": "Phone", "pattern": "(", "message": "m"}}},
        {"duplicate_rules": {"x": {"fields": ["Name"], "action": "shout"}}},
        {"duplicate_rules": {"x": {"fields": 5, "action": "alert"}}}, {"session_life": 10**12},
        {"duplicate_rules": {"x": {"fields": [[]], "action": "alert"}}}, {"day_seconds": 10**400},
        {"validation_rules": {"x": {"field": [], "pattern": "", "message": "m"}}}, {"late_commit": 10**12},
        {"validation_rules": {"x": {"field": "Phone", "pattern": "", "message": 5}}}, {"refusals": [{"code": []}]},
        {"refusals": [{"code": "ENTITY_IS_LOCKED", "id": []}]},
    ],
)  # fmt: skip
def test_a_setting_that_makes_no_sense_is_refused(api: Api, changes: dict[str, Any]) -> None:
    assert api.client.post("/_sim/settings", json=changes).status_code == 400


def test_a_reset_tells_the_same_story_again_and_keeps_sessions(api: Api) -> None:
    story = {"scenario": "synced", "records": 12, "seed": 3}
    api.client.post("/_sim/reset", json=story)
    first = api.client.get("/_sim/state?type=Account").get_json()
    api.set(day_limit=1)
    api.person("delete", id=first["Account"][0]["Id"])
    api.client.post("/_sim/reset", json=story)
    assert api.client.get("/_sim/state?type=Account").get_json() == first
    assert len(first["Account"]) == 12
    assert api.call("GET", "/limits").headers["Sforce-Limit-Info"] == "api-usage=1/100000"


def test_a_token_outlives_a_story_with_the_person_of_the_same_name(api: Api) -> None:
    user = api.twin.org.user_named("Rewi Newcomer")
    code = api.twin.tokens.consent("concord", user, "http://localhost/", None, "api refresh_token")
    before = api.twin.tokens.by_code("concord", code, "http://localhost/", None)
    api.client.post("/_sim/reset", json={"seed": 7})
    renewed = api.twin.tokens.by_refresh("concord", before.refresh or "").access
    for token in (before.access, renewed):
        api.headers = {"Authorization": f"Bearer {token}"}
        key = api.create()
        (row,) = api.found(f"SELECT Owner.Name FROM Account WHERE Id = '{key}'")
        assert row["Owner"]["Name"] == "Rewi Newcomer"


def test_an_unknown_scenario_is_refused(api: Api) -> None:
    assert api.client.post("/_sim/reset", json={"scenario": "dragons"}).status_code == 400


def test_synced_accounts_are_opted_in_and_carry_the_others_id() -> None:
    api = Api("synced", 5)
    rows = api.found("SELECT Sync_with_Xero__c, Xero_Contact_Id__c FROM Account")
    assert len(rows) == 5
    assert all(row["Sync_with_Xero__c"] and row["Xero_Contact_Id__c"] for row in rows)


def test_a_stored_story_goes_on_after_a_restart() -> None:
    api = Api("synced", 5)
    key = api.create(Name="Made before", AnnualRevenue=1.5)
    api.set(hidden_fields=["Fax"])
    again = Api()
    again.twin.restore(api.twin.snapshot())
    again.headers = api.headers
    assert again.call("GET", f"{BASE}/sobjects/Account/{key}").get_json() == api.get(key)
    assert list(again.twin.state("Account")) == list(api.twin.state("Account"))
    assert again.create() == api.create()


def test_every_limit_has_a_most_and_a_rest(api: Api) -> None:
    told = api.call("GET", "/limits").get_json()
    assert {"DailyApiRequests", "DailyBulkApiBatches", "FileStorageMB", "SingleEmail"} <= set(told)
    assert all(0 <= limit["Remaining"] <= limit["Max"] for limit in told.values())
