"""Fields an administrator declares, and what the platform makes of each kind."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.salesforce.api import Api, error

REGION = {"type": "picklist", "label": "Region", "choices": ["North", "South"], "restricted": True}


def declare(api: Api, **fields: dict[str, Any]) -> None:
    api.set(custom_fields={f"Account.{name}": about for name, about in fields.items()})


def described(api: Api, name: str) -> dict[str, Any]:
    fields = api.call("GET", "/sobjects/Account/describe").get_json()["fields"]
    return next(field for field in fields if field["name"] == name)


def test_a_declared_field_is_described_written_and_found(api: Api) -> None:
    before = api.create(Name="Older than the field")
    declare(api, Region__c=REGION, Rank__c={"type": "double", "precision": 4, "scale": 1})
    about = described(api, "Region__c")
    assert (about["type"], about["restrictedPicklist"], about["custom"], about["nillable"]) == (
        "picklist", True, True, True,
    )  # fmt: skip
    assert [choice["value"] for choice in about["picklistValues"]] == ["North", "South"]
    key = api.create(Name="New", Region__c="North", Rank__c=2.5)
    assert api.found("SELECT Id, Rank__c FROM Account WHERE Region__c = 'North'") == [{"Id": key, "Rank__c": 2.5}]
    assert api.get(before)["Region__c"] is None
    assert api.names("WHERE Region__c = null") == ["Older than the field"]


@pytest.mark.parametrize(
    ("about", "value", "code"),
    [
        (REGION, "West", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({**REGION, "type": "multipicklist"}, "North;West", "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
        ({"type": "string", "length": 3}, "four", "STRING_TOO_LONG"),
        ({"type": "double", "precision": 3, "scale": 1}, 100, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"type": "date"}, "tomorrow", "JSON_PARSER_ERROR"),
        ({"type": "datetime"}, "soon", "JSON_PARSER_ERROR"),
        ({"type": "boolean"}, None, "JSON_PARSER_ERROR"),
        ({"type": "email"}, "no address", "INVALID_EMAIL_ADDRESS"),
    ],
)
def test_a_value_that_does_not_fit_its_declaration_is_refused(
    api: Api, about: dict[str, Any], value: Any, code: str
) -> None:
    declare(api, Extra__c=about)
    assert error(api.call("POST", "/sobjects/Account", {"Name": "A", "Extra__c": value})) == (400, code)


@pytest.mark.parametrize(
    ("about", "sent", "kept"),
    [
        (REGION, "South", "South"),
        ({**REGION, "restricted": False}, "West", "West"),
        ({**REGION, "type": "multipicklist"}, "North;South", "North;South"),
        ({"type": "date"}, "2026-05-04", "2026-05-04"),
        ({"type": "datetime"}, "2026-05-04T10:00:00+02:00", "2026-05-04T08:00:00.000+0000"),
        ({"type": "currency"}, 12.5, 12.5),
    ],
)
def test_a_value_that_fits_is_kept(api: Api, about: dict[str, Any], sent: Any, kept: Any) -> None:
    declare(api, Extra__c=about)
    assert api.get(api.create(Extra__c=sent))["Extra__c"] == kept


def test_a_required_field_is_needed_by_every_save(api: Api) -> None:
    old = api.create()
    declare(api, Must__c={"type": "string", "required": True})
    assert error(api.call("POST", "/sobjects/Account", {"Name": "A"})) == (400, "REQUIRED_FIELD_MISSING")
    assert error(api.update(old, Phone="1")) == (400, "REQUIRED_FIELD_MISSING")
    assert api.update(old, Must__c="there").status_code == 204


def test_a_unique_field_is_unique_whatever_its_letter_case(api: Api) -> None:
    declare(api, Code__c={"type": "string", "unique": True})
    first = api.create(Code__c="abc")
    answer = api.call("POST", "/sobjects/Account", {"Name": "B", "Code__c": "ABC"})
    assert error(answer) == (400, "DUPLICATE_VALUE")
    assert first[:15] in answer.get_json()[0]["message"]
    assert first not in answer.get_json()[0]["message"]


def test_a_number_can_be_unique(api: Api) -> None:
    declare(api, Rank__c={"type": "double", "unique": True})
    holder = api.create(Rank__c=1)
    assert error(api.call("POST", "/sobjects/Account", {"Name": "B", "Rank__c": 1.0})) == (400, "DUPLICATE_VALUE")
    assert api.update(holder, Rank__c=2).status_code == 204
    assert api.create(Rank__c=1) != holder


def test_an_external_id_that_is_not_unique_names_several_records(api: Api) -> None:
    declare(api, Key__c={"type": "string", "external_id": True})
    about = described(api, "Key__c")
    assert (about["externalId"], about["idLookup"], about["unique"]) == (True, True, False)
    keys = {api.create(Name=name, Key__c="k") for name in ("A", "B")}
    for method in ("GET", "PATCH"):
        answer = api.call(method, "/sobjects/Account/Key__c/k", {"Phone": "1"} if method == "PATCH" else None)
        assert answer.status_code == 300
        assert {address.rsplit("/", 1)[1] for address in answer.get_json()} == keys
    rows = {"records": [{"attributes": {"type": "Account"}, "Key__c": "k", "Phone": "1"}]}
    row = api.call("PATCH", "/composite/sobjects/Account/Key__c", rows).get_json()[0]
    assert row["errors"][0]["statusCode"] == "DUPLICATE_EXTERNAL_ID"


def test_a_unique_field_that_is_no_external_id_is_no_key(api: Api) -> None:
    declare(api, Code__c={"type": "string", "unique": True})
    assert error(api.call("PATCH", "/sobjects/Account/Code__c/x", {"Name": "A"})) == (404, "NOT_FOUND")


def test_a_field_taken_away_in_mid_life_is_unknown_from_then_on(api: Api) -> None:
    declare(api, Region__c=REGION)
    key = api.create(Region__c="North")
    api.set(custom_fields={})
    assert error(api.query("SELECT Region__c FROM Account")) == (400, "INVALID_FIELD")
    assert error(api.update(key, Region__c="South")) == (400, "INVALID_FIELD")
    declare(api, Region__c=REGION)
    assert api.get(key)["Region__c"] == "North"


def test_declared_fields_outlive_a_restart(api: Api) -> None:
    declare(api, Region__c=REGION)
    key = api.create(Region__c="North")
    other = Api()
    other.twin.restore(api.twin.snapshot())
    kept = other.twin.org.tables["Account"].get(key)
    assert kept is not None
    assert kept["Region__c"] == "North"


@pytest.mark.parametrize(
    "declared",
    [
        [], {"Region__c": REGION}, {"User.Region__c": REGION}, {"Account.Region": REGION}, {"Account.R__c": {}},
        {"Account.R__c": {"type": "colour"}}, {"Account.R__c": {"type": "string", "length": "9"}},
        {"Account.R__c": {"type": "picklist", "choices": [1]}}, {"Account.R__c": {"type": "string", "shade": 1}},
        {"Account.R__c": {"type": "date", "unique": True}}, {"Account.R__c": {"type": "double", "external_id": True}},
        {"Account.R__c": {"type": []}}, {"Account.R__c": {"type": "string", "length": -1}},
        {"Account.R__c": {"type": "double", "precision": 19}}, {"Account.R__c": {"type": "double", "scale": -1}},
        {"Account.email__c": {"type": "email"}}, {"Account.R__c": REGION, "Account.r__c": REGION},
    ],
)  # fmt: skip
def test_a_declaration_that_makes_no_sense_is_refused(api: Api, declared: Any) -> None:
    assert api.client.post("/_sim/settings", json={"custom_fields": declared}).status_code == 400


def test_a_field_closed_to_us_is_seen_and_not_written(api: Api) -> None:
    key = api.create(Fax="1")
    api.set(read_only_fields=["Account.Fax"])
    assert (described(api, "Fax")["updateable"], described(api, "Fax")["createable"]) == (False, False)
    assert api.get(key)["Fax"] == "1"
    answer = api.update(key, Fax="2")
    assert error(answer) == (400, "INVALID_FIELD_FOR_INSERT_UPDATE")
    assert answer.get_json()[0]["fields"] == ["Fax"]
    api.person("update", id=key, fields={"Fax": "2"})


def test_without_person_accounts_a_person_is_no_account(api: Api) -> None:
    fields = {field["name"] for field in api.call("GET", "/sobjects/Account/describe").get_json()["fields"]}
    assert not fields & {"IsPersonAccount", "LastName", "PersonEmail"}
    assert error(api.query("SELECT IsPersonAccount FROM Account")) == (400, "INVALID_FIELD")
    assert error(api.call("POST", "/sobjects/Account", {"LastName": "Aroha"})) == (400, "INVALID_FIELD")


def test_a_list_of_choices_is_asked_for_what_it_holds(api: Api) -> None:
    api.set(custom_fields={"Account.Colours__c": {"type": "multipicklist"}})
    for name, colours in (("A", "Red;Blue;Grey"), ("B", "Green;Blue"), ("C", "Red"), ("D", None)):
        api.create(Name=name, Colours__c=colours)
    assert api.names("WHERE Colours__c INCLUDES ('red;blue', 'Green') ORDER BY Name") == ["A", "B"]
    assert api.names("WHERE Colours__c EXCLUDES ('Blue') ORDER BY Name") == ["C", "D"]
    assert error(api.query("SELECT Id FROM Account WHERE Name INCLUDES ('A')")) == (
        400,
        "INVALID_QUERY_FILTER_OPERATOR",
    )
    assert error(api.query("SELECT Id FROM Account ORDER BY Colours__c")) == (400, "INVALID_FIELD")
