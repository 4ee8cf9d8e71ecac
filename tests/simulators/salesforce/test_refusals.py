"""What one record meets though its fields are in order, what lies in the recycle bin, and services not had here."""

from __future__ import annotations

import json

import pytest

from reconciler.simulators.salesforce.errors import ROW_REFUSALS
from tests.simulators.salesforce.api import BASE, Api, error


@pytest.mark.parametrize("code", ROW_REFUSALS)
def test_a_record_meets_the_refusal_that_was_set_for_it(api: Api, code: str) -> None:
    key, other = api.create(Name="A"), api.create(Name="B")
    api.set(refusals=[{"code": code, "id": key}])
    assert error(api.update(key, Phone="1")) == (400, code)
    assert error(api.call("DELETE", f"/sobjects/Account/{key}")) == (400, code)
    assert api.update(other, Phone="1").status_code == 204
    assert api.get(key)["Phone"] is None


def test_one_locked_row_of_a_collection_leaves_the_others_alone(api: Api) -> None:
    keys = [api.create(Name=name) for name in "ABC"]
    api.set(refusals=[{"code": "UNABLE_TO_LOCK_ROW", "id": keys[1], "times": 1}])
    rows = {"records": [{"attributes": {"type": "Account"}, "id": key, "Phone": "1"} for key in keys]}
    told = api.call("PATCH", "/composite/sobjects", rows).get_json()
    assert [row["success"] for row in told] == [True, False, True]
    assert keys[1][:15] in told[1]["errors"][0]["message"]
    assert all(row["success"] for row in api.call("PATCH", "/composite/sobjects", rows).get_json())


def test_a_refusal_without_an_id_meets_any_write_as_often_as_told(api: Api) -> None:
    api.set(refusals=[{"code": "STORAGE_LIMIT_EXCEEDED", "times": 2}])
    answers = [api.call("POST", "/sobjects/Account", {"Name": name}).status_code for name in "ABC"]
    assert answers == [400, 400, 201]


def test_people_pass_what_only_the_api_meets(api: Api) -> None:
    key = api.create()
    api.set(refusals=[{"code": "ENTITY_IS_LOCKED"}])
    api.person("update", id=key, fields={"Phone": "1"})


@pytest.mark.parametrize("refusals", [{}, [1], [{}], [{"code": "NO_SUCH"}], [{"code": "ENTITY_IS_LOCKED", "times": 0}]])
def test_a_refusal_that_makes_no_sense_is_refused(api: Api, refusals: object) -> None:
    assert api.client.post("/_sim/settings", json={"refusals": refusals}).status_code == 400


class TestTheRecycleBin:
    """Fifteen days, or until somebody empties it."""

    def gone(self, api: Api) -> str:
        key = api.create(Name="Gone")
        api.person("delete", id=key)
        return key

    def remembered(self, api: Api, key: str) -> bool:
        return bool(api.found(f"SELECT Id FROM Account WHERE Id = '{key}'", "queryAll"))

    def test_what_was_removed_is_remembered_for_fifteen_days(self, api: Api) -> None:
        key = self.gone(api)
        api.set(session_life=10**8)
        api.wait(15 * 86_400 - 1)
        assert self.remembered(api, key)
        api.wait(1)
        assert not self.remembered(api, key)

    def test_what_was_purged_was_never_there(self, api: Api) -> None:
        key = self.gone(api)
        assert error(api.call("GET", f"/sobjects/Account/{key}")) == (404, "ENTITY_IS_DELETED")
        api.person("purge", id=key)
        assert not self.remembered(api, key)
        assert error(api.call("GET", f"/sobjects/Account/{key}")) == (404, "NOT_FOUND")
        assert error(api.update(key, Phone="1")) == (404, "INVALID_CROSS_REFERENCE_KEY")
        assert api.client.post("/_sim/edit", json={"do": "undelete", "id": key}).status_code == 400

    def test_a_living_record_is_in_no_bin(self, api: Api) -> None:
        assert api.client.post("/_sim/edit", json={"do": "purge", "id": api.create()}).status_code == 400

    def test_a_purge_shortens_what_the_list_of_removals_covers(self, api: Api) -> None:
        span = "?start=2026-05-04T11:59:59Z&end=2026-05-04T12:10:00Z"
        key = self.gone(api)
        api.wait(900)
        assert api.call("GET", f"/sobjects/Account/deleted{span}").get_json()["deletedRecords"] != []
        api.person("purge", id=key)
        told = api.call("GET", f"/sobjects/Account/deleted{span}").get_json()
        assert (told["deletedRecords"], told["earliestDateAvailable"]) == ([], "2026-05-04T12:00:00.000+0000")


def test_bulk_is_closed_to_us_in_the_vendors_words(api: Api) -> None:
    for method, path in (("POST", "/jobs/ingest"), ("GET", "/jobs/query/750000000000001"), ("PUT", "/jobs/ingest/x/y")):
        assert error(api.call(method, path, {"object": "Account"})) == (403, "API_DISABLED_FOR_ORG")
    token = api.headers["Authorization"].removeprefix("Bearer ")
    old = api.client.post("/services/async/58.0/job", json={}, headers={"X-SFDC-Session": token})
    assert (old.status_code, old.get_json()["exceptionCode"]) == (400, "FeatureNotEnabled")
    expired = api.client.get("/services/async/58.0/job/750", headers={"X-SFDC-Session": "x"})
    assert (expired.status_code, expired.get_json()) == (
        400, {"exceptionCode": "InvalidSessionId", "exceptionMessage": "Invalid session id"},
    )  # fmt: skip


@pytest.mark.parametrize(
    ("version", "code"),
    [("66.0", "UNSUPPORTED_API_VERSION"), ("25.0", "UNSUPPORTED_API_VERSION"), ("59.0", "INSUFFICIENT_ACCESS")],
)
def test_soap_sign_in_is_a_dead_end(api: Api, version: str, code: str) -> None:
    answer = api.client.post(f"/services/Soap/u/{version}", data="<login/>", content_type="text/xml")
    assert (answer.status_code, answer.mimetype) == (500, "text/xml")
    assert f"<sf:exceptionCode>{code}</sf:exceptionCode>" in answer.text


def test_soap_is_closed_to_us_after_sign_in_too(api: Api) -> None:
    answer = api.client.post("/services/Soap/u/66.0", data="<query/>", content_type="text/xml")
    assert (answer.status_code, "API_DISABLED_FOR_ORG" in answer.text) == (500, True)


@pytest.mark.parametrize("path", ["/composite/graph", "/composite/tree/Account", "/search", "/tooling/query", "/event"])
def test_what_is_not_simulated_does_not_exist(api: Api, path: str) -> None:
    assert error(api.call("POST", path, {})) in ((404, "NOT_FOUND"), (405, "METHOD_NOT_ALLOWED"))


def test_a_day_can_be_shortened(api: Api) -> None:
    api.set(day_limit=2, day_seconds=60)
    answers = [api.client.get(f"{BASE}/limits", headers=api.headers).status_code for _ in range(3)]
    api.wait(61)
    assert (answers, api.query("SELECT Id FROM User").status_code) == ([200, 200, 403], 200)


def test_history_of_contacts_is_kept_too(api: Api) -> None:
    api.set(field_history=["Contact.Email"])
    key = api.call("POST", "/sobjects/Contact", {"LastName": "Aroha"}).get_json()["id"]
    api.call("PATCH", f"/sobjects/Contact/{key}", {"Email": "aroha@driftwood.example", "Phone": "1"})
    rows = api.found(f"SELECT Field, OldValue, NewValue FROM ContactHistory WHERE ContactId = '{key}'")
    assert {row["Field"] for row in rows} == {"created", "Email"}
    assert api.found("SELECT Id FROM AccountHistory") == []


class TestWhatComesBack:
    """Out of the recycle bin, under its own id, and with what went into it along."""

    def contact(self, api: Api, **fields: object) -> str:
        key: str = api.call("POST", "/sobjects/Contact", {"LastName": "Rua", **fields}).get_json()["id"]
        return key

    def contacts(self, api: Api, column: str) -> dict[str, str | None]:
        return {row["Id"]: row[column] for row in api.found(f"SELECT Id, {column} FROM Contact")}

    def test_who_pointed_at_it_points_at_nothing_until_it_is_back(self, api: Api) -> None:
        parent, other = api.create(), api.create()
        kept, moved = api.create(ParentId=parent), api.create(ParentId=parent)
        api.wait(5)
        api.person("delete", id=parent)
        assert (api.get(kept)["ParentId"], api.get(moved)["ParentId"]) == (None, None)
        stamps = api.get(kept, "LastModifiedDate,SystemModstamp")
        assert stamps["LastModifiedDate"] < stamps["SystemModstamp"]
        api.update(moved, ParentId=other)
        api.person("undelete", id=parent)
        assert (api.get(kept)["ParentId"], api.get(moved)["ParentId"]) == (parent, other)

    def test_who_reported_to_a_contact_of_a_removed_account_reports_again(self, api: Api) -> None:
        account = api.create()
        boss = self.contact(api, AccountId=account)
        within, outside = self.contact(api, AccountId=account, ReportsToId=boss), self.contact(api, ReportsToId=boss)
        api.person("delete", id=account)
        assert self.contacts(api, "ReportsToId") == {outside: None}
        api.person("undelete", id=account)
        assert self.contacts(api, "ReportsToId") == {boss: None, within: boss, outside: boss}

    def test_a_contact_that_was_removed_by_itself_stays_so(self, api: Api) -> None:
        account = api.create()
        alone, along = self.contact(api, AccountId=account), self.contact(api, AccountId=account)
        api.person("delete", type="Contact", id=alone)
        api.person("delete", id=account)
        api.person("undelete", id=account)
        assert self.contacts(api, "AccountId") == {along: account}

    def test_a_contact_whose_unique_value_was_taken_stays_in_the_bin(self, api: Api) -> None:
        api.set(custom_fields={"Contact.Key__c": {"type": "string", "unique": True}})
        account = api.create()
        self.contact(api, AccountId=account, Key__c="k")
        api.person("delete", id=account)
        heir = self.contact(api, Key__c="K")
        api.person("undelete", id=account)
        assert self.contacts(api, "AccountId") == {heir: None}

    def test_a_contact_comes_back_without_an_account_that_is_nowhere(self, api: Api) -> None:
        account = api.create()
        key = self.contact(api, AccountId=account)
        api.person("delete", id=account)
        api.person("purge", id=account)
        api.person("undelete", type="Contact", id=key)
        assert self.contacts(api, "AccountId") == {key: None}

    def test_a_contact_that_came_back_before_its_account_is_tied_to_it_again(self, api: Api) -> None:
        account = api.create()
        key = self.contact(api, AccountId=account)
        api.person("delete", id=account)
        api.person("undelete", type="Contact", id=key)
        api.person("undelete", id=account)
        assert self.contacts(api, "AccountId") == {key: account}

    def test_a_restart_forgets_nothing_of_it(self, api: Api) -> None:
        parent = api.create()
        child = api.create(ParentId=parent)
        self.contact(api, AccountId=parent)
        api.person("delete", id=parent)
        again = Api()
        again.twin.restore(json.loads(json.dumps(api.twin.snapshot())))
        again.headers = api.headers
        again.person("undelete", id=parent)
        assert again.get(child)["ParentId"] == parent
        assert list(self.contacts(again, "AccountId").values()) == [parent]


class TestWhatABodySays:
    """Bodies that are no JSON, no record, or of the wrong type, in the words of the vendor's parser."""

    def told(self, api: Api, body: str, path: str = "/sobjects/Account") -> tuple[str, str]:
        headers = {**api.headers, "Content-Type": "application/json"}
        answer = api.client.post(BASE + path, data=body, headers=headers)
        assert answer.status_code == 400
        return answer.get_json()[0]["errorCode"], answer.get_json()[0]["message"]

    def test_a_value_of_the_wrong_type_is_pointed_at(self, api: Api) -> None:
        code, message = self.told(api, '{"Name": "A",\n "AnnualRevenue": "N01"}')
        assert code == "JSON_PARSER_ERROR"
        assert message == (
            "Cannot deserialize instance of double from VALUE_STRING value N01 "
            "or request may be missing a required field at [line:2, column:19]"
        )

    @pytest.mark.parametrize(
        ("body", "told"),
        [
            ('{"Name": "A"', "Unexpected end-of-input at [line:1, column:13]"),
            ('{"Name": A}', "Unexpected character ('A' (code 65)) at [line:1, column:10]"),
        ],
    )
    def test_where_a_body_stops_being_json_is_told(self, api: Api, body: str, told: str) -> None:
        assert self.told(api, body) == ("JSON_PARSER_ERROR", told)

    @pytest.mark.parametrize("body", ['[{"Name": "A"}]', "42", '"Name"', "true"])
    def test_what_is_no_record_is_an_invalid_field(self, api: Api, body: str) -> None:
        code, message = self.told(api, body)
        assert code == "INVALID_FIELD"
        assert message.startswith(
            "Json Deserialization failed on token 'null' and has left off in the middle of parsing"
        )


def test_all_broken_rules_of_the_administrator_are_told_at_once(api: Api) -> None:
    digits = {"field": "Phone", "pattern": "[0-9]*", "message": "no letters"}
    named = {"field": "Site", "pattern": ".+", "message": "no site"}
    api.set(validation_rules={"a": digits, "b": named})
    answer = api.call("POST", "/sobjects/Account", {"Name": "A", "Phone": "x"})
    assert [each["message"] for each in answer.get_json()] == ["no letters", "no site"]
    rows = {"records": [{"attributes": {"type": "Account"}, "Name": "A", "Phone": "x"}]}
    (row,) = api.call("POST", "/composite/sobjects", rows).get_json()
    assert [each["statusCode"] for each in row["errors"]] == ["FIELD_CUSTOM_VALIDATION_EXCEPTION"] * 2


@pytest.mark.parametrize(
    ("accept", "status"),
    [("application/xml", 406), ("text/csv", 406), ("*/*", 200), ("text/html, */*; q=.2", 200), ("application/*", 200)],
)
def test_who_takes_no_json_is_given_nothing(api: Api, accept: str, status: int) -> None:
    answer = api.call("GET", "/limits", headers={"Accept": accept})
    assert (answer.status_code, answer.data == b"") == (status, status == 406)


def test_what_nobody_can_write_is_named_by_its_label(api: Api) -> None:
    user = f"/sobjects/User/{api.twin.org.integration_user}"
    refused = {
        "inserted: Account History": api.call("POST", "/sobjects/AccountHistory", {}),
        "updated: User": api.call("PATCH", user, {"LastName": "Rua"}),
        "deleted: User": api.call("DELETE", user),
    }
    for told, answer in refused.items():
        assert error(answer) == (400, "CANNOT_INSERT_UPDATE_ACTIVATE_ENTITY")
        assert answer.get_json()[0]["message"] == f"entity type cannot be {told}"
