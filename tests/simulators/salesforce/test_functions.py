"""Functions of a query: parts of a day, and the labels of choices."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from reconciler.simulators.salesforce.schema import Field
from reconciler.simulators.salesforce.soql.functions import derived
from tests.simulators.salesforce.api import Api, error


def contact(api: Api, **fields: str) -> None:
    assert api.call("POST", "/sobjects/Contact", {"LastName": "Rua", **fields}).status_code == 201


@pytest.mark.parametrize(
    ("function", "day", "result"),
    [
        ("CALENDAR_MONTH", "2009-12-31", 12),
        ("CALENDAR_QUARTER", "2009-03-31", 1),
        ("CALENDAR_QUARTER", "2009-10-01", 4),
        ("CALENDAR_YEAR", "2009-01-01", 2009),
        ("DAY_IN_MONTH", "2009-02-20", 20),
        ("DAY_IN_WEEK", "2026-05-03", 1),
        ("DAY_IN_WEEK", "2026-05-02", 7),
        ("DAY_IN_YEAR", "2009-02-01", 32),
        ("FISCAL_QUARTER", "2009-07-15", 3),
        ("WEEK_IN_MONTH", "2009-04-10", 2),
        ("WEEK_IN_YEAR", "2009-01-03", 1),
        ("WEEK_IN_YEAR", "2009-01-08", 2),
    ],
)
def test_a_date_function_tells_a_part_of_the_day(function: str, day: str, result: int) -> None:
    of_date, of_moment = (derived(function, Field("When", kind, "")) for kind in ("date", "datetime"))
    assert of_date
    assert of_moment
    assert of_date(date.fromisoformat(day)) == result
    assert of_moment(datetime.fromisoformat(f"{day}T23:59:59").replace(tzinfo=UTC)) == result


def test_records_are_counted_by_their_year(api: Api) -> None:
    for birthday in ("1980-02-03", "1980-11-12", "1991-02-03"):
        contact(api, Birthdate=birthday)
    contact(api)
    grouped = "SELECT CALENDAR_YEAR(Birthdate), COUNT(Id) FROM Contact GROUP BY CALENDAR_YEAR(Birthdate)"
    assert api.found(f"{grouped} ORDER BY CALENDAR_YEAR(Birthdate) DESC NULLS LAST") == [
        {"expr0": 1991, "expr1": 1}, {"expr0": 1980, "expr1": 2}, {"expr0": None, "expr1": 1}
    ]  # fmt: skip
    assert api.found(f"{grouped} HAVING CALENDAR_YEAR(Birthdate) < 1990") == [{"expr0": 1980, "expr1": 2}]
    named = "SELECT calendar_month(Birthdate) m, COUNT(Id) n FROM Contact WHERE Birthdate != null GROUP BY Birthdate"
    assert [row["m"] for row in api.found(f"{named} ORDER BY Birthdate")] == [2, 11, 2]


def test_records_are_found_by_a_part_of_their_day(api: Api) -> None:
    acme = api.create()
    contact(api, AccountId=acme)
    assert api.names(
        "WHERE CALENDAR_YEAR(CreatedDate) = 2026 AND HOUR_IN_DAY(convertTimezone(CreatedDate)) IN (12)"
    ) == ["Acme"]
    assert api.names("WHERE DAY_ONLY(CreatedDate) >= 2026-05-04") == ["Acme"]
    assert api.names("WHERE DAY_ONLY(CreatedDate) > 2026-05-04") == []
    through = "SELECT Id FROM Contact WHERE CALENDAR_MONTH(Account.CreatedDate) = 5"
    assert len(api.found(through)) == 1
    days = api.found("SELECT DAY_ONLY(CreatedDate) d FROM Account GROUP BY DAY_ONLY(CreatedDate)")
    assert days == [{"d": "2026-05-04"}]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT CALENDAR_YEAR(CreatedDate) FROM Account",
        "SELECT CALENDAR_YEAR(CreatedDate), COUNT(Id) FROM Account",
        "SELECT CALENDAR_YEAR(CreatedDate) FROM Account GROUP BY CreatedDate",
        "SELECT Id FROM Account WHERE CALENDAR_YEAR(CreatedDate) = THIS_YEAR",
        "SELECT Id FROM Account WHERE DAY_ONLY(CreatedDate) = TODAY",
        "SELECT Id FROM Account WHERE CALENDAR_YEAR(Name) = 2026",
        "SELECT Id FROM Contact WHERE DAY_ONLY(Birthdate) = 2026-05-04",
        "SELECT Id FROM Account WHERE CALENDAR_YEAR() = 2026",
        "SELECT Id FROM Account WHERE CENTURY(CreatedDate) = 21",
        "SELECT Id FROM Account WHERE convertTimezone(CreatedDate) = 2026-05-04T00:00:00Z",
        "SELECT Id FROM Account ORDER BY CALENDAR_YEAR(CreatedDate)",
        "SELECT toLabel(Name) FROM Account",
        "SELECT toLabel(BillingStateCode) FROM Account",
        "SELECT COUNT(Id) FROM Account GROUP BY toLabel(Industry)",
        "SELECT FORMAT(AnnualRevenue) FROM Account",
    ],
)
def test_a_function_out_of_its_place_is_malformed(api: Api, query: str) -> None:
    api.set(state_country_picklists=True)
    assert error(api.query(query)) == (400, "MALFORMED_QUERY")


def test_the_result_of_a_date_function_is_a_number(api: Api) -> None:
    answer = api.query("SELECT Id FROM Account WHERE CALENDAR_YEAR(CreatedDate) = '2026'")
    assert error(answer) == (400, "INVALID_FIELD")


def test_choices_are_shown_by_their_labels(api: Api) -> None:
    api.set(state_country_picklists=True)
    acme = api.create(CleanStatus="Matched", BillingCountryCode="NZ")
    contact(api, AccountId=acme)
    (row,) = api.found("SELECT toLabel(CleanStatus), tolabel(BillingCountryCode) country FROM Account")
    assert row == {"CleanStatus": "In Sync", "country": "New Zealand"}
    (row,) = api.found("SELECT toLabel(Account.CleanStatus) FROM Contact")
    assert row["Account"]["CleanStatus"] == "In Sync"
    assert api.names("WHERE toLabel(CleanStatus) = 'in sync'") == ["Acme"]
    assert error(api.query("SELECT CleanStatus, toLabel(CleanStatus) FROM Account")) == (400, "INVALID_FIELD")
    (row,) = api.found("SELECT CleanStatus, toLabel(CleanStatus) shown FROM Account")
    assert row == {"CleanStatus": "Matched", "shown": "In Sync"}
