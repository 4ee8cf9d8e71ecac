"""Values: what the organisation keeps of what it is sent, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest

from tests.simulators.salesforce.api import Api, error


@pytest.mark.parametrize(
    ("field", "sent", "kept"),
    [
        ("Phone", "", None),
        ("Phone", None, None),
        ("Phone", "   ", None),
        ("Name", "  Acme \t", "Acme"),
        ("Name", "\u3000Acme\u3000", "\u3000Acme\u3000"),
        ("Name", "A  B", "A  B"),
        ("BillingStreet", "1 High Street\nLevel 2", "1 High Street\r\nLevel 2"),
        ("Email__c", " ann@example.com ", "ann@example.com"),
        ("NumberOfEmployees", 12, 12),
        ("numberofemployees", "100", 100),
        ("AnnualRevenue", "1e3", 1000),
        ("AnnualRevenue", 0.1, 0.1),
        ("Sync_with_Xero__c", True, True),
        ("Type", "Anything at all", "Anything at all"),
    ],
)
def test_a_value_is_kept_as(api: Api, field: str, sent: Any, kept: Any) -> None:
    key = api.create()
    assert api.update(key, **{field: sent}).status_code == 204
    assert {name.lower(): value for name, value in api.get(key).items()}[field.lower()] == kept


def test_a_whole_number_is_shown_whole(api: Api) -> None:
    answer = api.call("GET", f"/sobjects/Account/{api.create(NumberOfEmployees=5.0)}?fields=NumberOfEmployees")
    assert '"NumberOfEmployees":5,' in answer.text


def test_a_checkbox_is_never_null(api: Api) -> None:
    assert api.get(api.create())["Sync_with_Xero__c"] is False


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        ({"AccountNumber": "x" * 41}, "STRING_TOO_LONG"),
        ({"Name": "x" * 256}, "STRING_TOO_LONG"),
        ({"Name": None}, "REQUIRED_FIELD_MISSING"),
        ({"Name": "  "}, "REQUIRED_FIELD_MISSING"),
        ({"Email__c": "no address"}, "INVALID_EMAIL_ADDRESS"),
        ({"Foo": 1}, "INVALID_FIELD"),
        ({"Id": "001000000000001AAA"}, "INVALID_FIELD"),
        ({"SystemModstamp": "2026-01-01T00:00:00Z"}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"BillingAddress": {"city": "Nelson"}}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"MasterRecordId": None}, "INVALID_FIELD_FOR_INSERT_UPDATE"),
        ({"Phone": 5}, "JSON_PARSER_ERROR"),
        ({"Sync_with_Xero__c": "true"}, "JSON_PARSER_ERROR"),
        ({"Sync_with_Xero__c": None}, "JSON_PARSER_ERROR"),
        ({"NumberOfEmployees": 1.5}, "JSON_PARSER_ERROR"),
        ({"AnnualRevenue": 1e18}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"AnnualRevenue": 10**400}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"NumberOfEmployees": 10**400}, "JSON_PARSER_ERROR"),
        ({"NumberOfEmployees": ""}, "JSON_PARSER_ERROR"),
        ({"NumberOfEmployees": float("nan")}, "JSON_PARSER_ERROR"),
        ({"NumberOfEmployees": "1.5"}, "JSON_PARSER_ERROR"),
        ({"NumberOfEmployees": "\u0665"}, "JSON_PARSER_ERROR"),
        ({"AnnualRevenue": "1e999"}, "JSON_PARSER_ERROR"),
        ({"AnnualRevenue": "Infinity"}, "JSON_PARSER_ERROR"),
        ({"ParentId": "nonsense"}, "MALFORMED_ID"),
        ({"ParentId": "001000000000001AAA"}, "INVALID_CROSS_REFERENCE_KEY"),
        ({"ParentId": "003000000000001AAA"}, "FIELD_INTEGRITY_EXCEPTION"),
        ({"OwnerId": None}, "INVALID_CROSS_REFERENCE_KEY"),
    ],
)
def test_a_value_is_refused_and_nothing_is_written(api: Api, sent: dict[str, Any], code: str) -> None:
    key = api.create(Phone="1")
    before = api.get(key)
    api.wait(5)
    assert error(api.update(key, **sent)) == (400, code)
    assert api.get(key) == before


@pytest.mark.parametrize(
    ("sent", "told"),
    [
        ({"Sync_with_Xero__c": None}, "boolean from VALUE_NULL value null or"),
        ({"Phone": ["x"]}, 'string from START_ARRAY value ["x"] or'),
        ({"NumberOfEmployees": "five"}, "int from VALUE_STRING value five or"),
        ({"Phone": False}, "string from VALUE_FALSE value false or"),
    ],
)
def test_a_value_of_another_type_is_quoted_as_json(api: Api, sent: dict[str, Any], told: str) -> None:
    assert told in api.update(api.create(), **sent).get_json()[0]["message"]


def test_an_id_of_another_object_is_told_apart_from_one_that_is_nowhere(api: Api) -> None:
    contact = api.call("POST", "/sobjects/Contact", {"LastName": "Rua"}).get_json()["id"]
    told = api.call("POST", "/sobjects/Contact", {"LastName": "Tui", "AccountId": contact}).get_json()[0]
    assert told["message"] == f"Account ID: id value of incorrect type: {contact}"
    assert told["fields"] == ["AccountId"]


def test_a_record_that_is_created_without_an_owner_is_the_callers(api: Api) -> None:
    key = api.create(OwnerId=None)
    assert api.get(key)["OwnerId"] == api.twin.org.integration_user
    assert api.update(key, OwnerId=None).get_json()[0]["message"] == "Owner ID: owner cannot be blank"


@pytest.mark.parametrize(
    ("field", "taken", "refused"),
    [
        ("Birthdate", ("1980-02-29", "1700-01-01"), ("19800229", "1980-W09-5", "1980-02-30", "1699-12-31", 5)),
        (
            "EmailBouncedDate",
            ("2026-05-04T12:00:00Z", "2026-05-04T12:00:00.123+12:00", "2026-05-04T12:00:00-0330"),
            ("2026-05-04", "2026-05-04T12:00:00", "2026-05-04 12:00:00Z", "20260504T120000Z", "2026-05-04T12:00Z",
             "4001-01-01T00:00:00Z", "2026-05-04T12:00:00.123456789Z"),
        ),
    ],
)  # fmt: skip
def test_days_and_moments_are_written_in_one_way(
    api: Api, field: str, taken: tuple[str, ...], refused: tuple[str, ...]
) -> None:
    key = api.call("POST", "/sobjects/Contact", {"LastName": "Rua"}).get_json()["id"]
    for value in taken:
        assert api.call("PATCH", f"/sobjects/Contact/{key}", {field: value}).status_code == 204, value
    for value in refused:
        answer = api.call("PATCH", f"/sobjects/Contact/{key}", {field: value})
        assert error(answer) == (400, "JSON_PARSER_ERROR"), value


def test_a_record_needs_its_required_fields(api: Api) -> None:
    answer = api.call("POST", "/sobjects/Account", {"Phone": "1"})
    assert error(answer) == (400, "REQUIRED_FIELD_MISSING")
    assert answer.get_json()[0]["fields"] == ["Name"]


def test_too_long_names_the_field_and_its_length(api: Api) -> None:
    told = api.update(api.create(), Phone="1" * 41).get_json()[0]
    assert told["fields"] == ["Phone"]
    assert "(max length=40)" in told["message"]


def test_an_address_is_also_shown_whole(api: Api) -> None:
    key = api.create(BillingCity="Nelson", BillingStreet="1 High Street")
    record = api.get(key)
    assert record["BillingAddress"] == {
        "city": "Nelson", "country": None, "geocodeAccuracy": None, "latitude": None, "longitude": None,
        "postalCode": None, "state": None, "street": "1 High Street",
    }  # fmt: skip
    assert record["ShippingAddress"] is None


def test_an_address_says_where_on_the_globe_it_is(api: Api) -> None:
    spot = {"BillingLatitude": -41.27, "BillingLongitude": 173.28, "BillingGeocodeAccuracy": "Block"}
    shown = api.get(api.create(**spot))
    assert {name: shown[name] for name in spot} == spot
    place = shown["BillingAddress"]
    assert (place["latitude"], place["longitude"], place["geocodeAccuracy"]) == (-41.27, 173.28, "Block")


@pytest.mark.parametrize(
    ("spot", "code"),
    [
        ({"BillingLatitude": 90.1}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"ShippingLongitude": -181}, "NUMBER_OUTSIDE_VALID_RANGE"),
        ({"BillingGeocodeAccuracy": "Roughly"}, "INVALID_OR_NULL_FOR_RESTRICTED_PICKLIST"),
    ],
)
def test_an_address_is_nowhere_beyond_the_globe(api: Api, spot: dict[str, Any], code: str) -> None:
    assert error(api.call("POST", "/sobjects/Account", {"Name": "Acme", **spot})) == (400, code)


def test_stamps_are_whole_seconds(api: Api) -> None:
    api.wait(0.7)
    record = api.get(api.create())
    assert {record[name] for name in ("CreatedDate", "LastModifiedDate", "SystemModstamp")} == {
        "2026-05-04T12:00:00.000+0000"
    }


def test_an_update_that_changes_nothing_moves_the_stamps(api: Api) -> None:
    key = api.create()
    api.wait(3)
    api.update(key, Name="Acme")
    assert api.get(key)["SystemModstamp"] == "2026-05-04T12:00:03.000+0000"
    assert api.get(key)["CreatedDate"] == "2026-05-04T12:00:00.000+0000"


def test_an_automated_process_moves_only_the_system_stamp(api: Api) -> None:
    key = api.create()
    api.wait(3)
    api.person("touch", id=key)
    record = api.get(key)
    assert record["SystemModstamp"] > record["LastModifiedDate"]


def test_a_stamp_never_moves_backwards_on_one_record(api: Api) -> None:
    key = api.create()
    api.twin.clock.set(offset_seconds=-3600)
    api.headers["Authorization"] = f"Bearer {api.token()}"
    api.update(key, Name="B")
    assert api.get(key)["SystemModstamp"] == "2026-05-04T12:00:00.000+0000"


class TestStateAndCountryPicklists:
    """The organisation of someone who switched them on, as new organisations have them."""

    @pytest.fixture
    def api(self, api: Api) -> Api:
        api.set(state_country_picklists=True)
        return api

    def test_a_text_brings_its_code_and_a_code_its_text(self, api: Api) -> None:
        by_text = api.get(api.create(BillingCountry="Australia", BillingState="New South Wales"))
        by_code = api.get(api.create(BillingCountryCode="AU", BillingStateCode="NSW"))
        for record in (by_text, by_code):
            assert (record["BillingCountryCode"], record["BillingStateCode"]) == ("AU", "NSW")
            assert (record["BillingCountry"], record["BillingState"]) == ("Australia", "New South Wales")

    @pytest.mark.parametrize(
        ("country", "state", "codes"),
        [
            ("Japan", "Tokyo", ("JP", "13")), ("Italy", "Roma", ("IT", "RM")), ("Brazil", "São Paulo", ("BR", "SP")),
            ("India", "Kerala", ("IN", "KL")), ("Mexico", "Jalisco", ("MX", "JA")), ("China", "Sichuan", ("CN", "51")),
            ("Kenya", None, ("KE", None)), ("Bolivia, Plurinational State of", None, ("BO", None)),
        ],
    )  # fmt: skip
    def test_every_country_is_there_and_ten_of_them_have_states(
        self, api: Api, country: str, state: str | None, codes: tuple[str, str | None]
    ) -> None:
        record = api.get(api.create(BillingCountry=country, BillingState=state))
        assert (record["BillingCountryCode"], record["BillingStateCode"]) == codes

    @pytest.mark.parametrize(
        "place",
        [
            {"BillingCountry": "Atlantis"},
            {"BillingCountry": "New Zealand", "BillingState": "Tasman"},
            {"BillingCountry": "United Kingdom", "BillingState": "Kent"},
            {"BillingCountryCode": "AU", "BillingStateCode": "EP"},
            {"BillingState": "New South Wales"},
        ],
    )
    def test_what_is_in_no_list_is_refused(self, api: Api, place: dict[str, str]) -> None:
        answer = api.call("POST", "/sobjects/Account", {"Name": "A", **place})
        assert error(answer) == (400, "FIELD_INTEGRITY_EXCEPTION")

    def test_a_code_and_a_text_that_do_not_fit_make_a_record_by_the_code_and_change_none(self, api: Api) -> None:
        apart: dict[str, Any] = {"BillingCountryCode": "NZ", "BillingCountry": "Australia"}
        key = api.create(**apart)
        assert api.get(key)["BillingCountry"] == "New Zealand"
        refused = api.update(key, **apart)
        assert error(refused) == (400, "FIELD_INTEGRITY_EXCEPTION")
        assert refused.get_json()[0]["message"].endswith("for field: Billing Country")
        assert api.update(key, BillingCountryCode="AU", BillingCountry="Australia").status_code == 204

    def test_a_country_that_is_taken_away_takes_its_state_along(self, api: Api) -> None:
        key = api.create(BillingCountryCode="AU", BillingStateCode="NSW")
        assert api.update(key, BillingCountryCode=None).status_code == 204
        left = api.get(key, "BillingCountry,BillingCountryCode,BillingState,BillingStateCode")
        assert {name for name, value in left.items() if value is None} == set(left) - {"attributes", "Id"}

    def test_the_code_columns_are_there_only_then(self, api: Api) -> None:
        names = {field["name"] for field in api.call("GET", "/sobjects/Account/describe").get_json()["fields"]}
        api.set(state_country_picklists=False)
        without = {field["name"] for field in api.call("GET", "/sobjects/Account/describe").get_json()["fields"]}
        assert {"BillingCountryCode", "ShippingStateCode"} <= names - without
